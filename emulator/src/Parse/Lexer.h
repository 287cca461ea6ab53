//===- Lexer.h - Tokens of PTX text ---------------------------------------===//
#ifndef PTXEMU_PARSE_LEXER_H
#define PTXEMU_PARSE_LEXER_H

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace ptxemu {

/// Thrown for anything wrong with the PTX text; `what()` names line and text.
class PtxError : public std::runtime_error {
public:
  PtxError(int line, const std::string &message)
      : std::runtime_error("PTX line " + std::to_string(line) + ": " + message),
        line(line) {}
  int line;
};

struct Token {
  enum Kind : uint8_t {
    End,
    Word,    ///< identifier, register (%r1) or label
    Dot,     ///< `.name`, with the dot and any `::` parts
    Integer, ///< value in `bits`
    Float32, ///< 0fXXXXXXXX, or a decimal constant
    Float64, ///< 0dXXXXXXXXXXXXXXXX
    String,
    Punct ///< one character
  };
  Kind kind = End;
  std::string_view text;
  uint64_t bits = 0;
  int line = 0;
  bool is(char c) const { return kind == Punct && text[0] == c; }
  bool is(std::string_view word) const {
    return (kind == Dot || kind == Word) && text == word;
  }
};

/// Cut PTX text into tokens; one token of look-ahead.
class Lexer {
public:
  explicit Lexer(std::string_view text) : text(text) { advance(); }
  const Token &peek() const { return next; }
  Token take();
  int line() const { return next.line; }
  /// Offset of the look-ahead token, to cut an instruction's source text.
  size_t position() const { return nextPosition; }
  std::string_view slice(size_t begin, size_t end) const {
    return text.substr(begin, end - begin);
  }

private:
  void advance();
  void skipBlanks();
  void number();

  std::string_view text;
  size_t at = 0;
  size_t nextPosition = 0;
  int currentLine = 1;
  Token next;
};

} // namespace ptxemu

#endif
