//===- Lexer.cpp ----------------------------------------------------------===//
#include "Parse/Lexer.h"

#include <cstdlib>
#include <cstring>

namespace ptxemu {
namespace {

bool isWordStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         c == '$' || c == '%';
}
bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isWordPart(char c) { return (isWordStart(c) && c != '%') || isDigit(c); }
int hexDigit(char c) {
  if (isDigit(c))
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

} // namespace

Token Lexer::take() {
  Token token = next;
  advance();
  return token;
}

void Lexer::skipBlanks() {
  while (at < text.size()) {
    char c = text[at];
    if (c == '\n')
      ++currentLine;
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++at;
    } else if (c == '/' && at + 1 < text.size() && text[at + 1] == '/') {
      while (at < text.size() && text[at] != '\n')
        ++at;
    } else if (c == '/' && at + 1 < text.size() && text[at + 1] == '*') {
      size_t end = text.find("*/", at + 2);
      if (end == std::string_view::npos)
        throw PtxError(currentLine, "comment is not closed");
      for (; at < end + 2; ++at)
        currentLine += text[at] == '\n';
    } else {
      return;
    }
  }
}

void Lexer::advance() {
  skipBlanks();
  nextPosition = at;
  next = Token();
  next.line = currentLine;
  if (at >= text.size())
    return;
  size_t begin = at;
  char c = text[at];
  if (isDigit(c)) {
    number();
    return;
  }
  if (isWordStart(c)) {
    for (++at; at < text.size() && isWordPart(text[at]);)
      ++at;
    next.kind = Token::Word;
  } else if (c == '.' && at + 1 < text.size() && isWordPart(text[at + 1])) {
    for (++at; at < text.size();) {
      if (isWordPart(text[at]))
        ++at;
      else if (at + 2 < text.size() && text[at] == ':' && text[at + 1] == ':' &&
               isWordPart(text[at + 2]))
        at += 2;
      else
        break;
    }
    next.kind = Token::Dot;
  } else if (c == '"') {
    size_t end = text.find('"', at + 1);
    if (end == std::string_view::npos)
      throw PtxError(currentLine, "string is not closed");
    for (; at <= end; ++at)
      currentLine += text[at] == '\n';
    next.kind = Token::String;
  } else {
    ++at;
    next.kind = Token::Punct;
  }
  next.text = text.substr(begin, at - begin);
}

void Lexer::number() {
  size_t begin = at;
  auto hexadecimal = [&](size_t from, int digits) {
    uint64_t value = 0;
    int count = 0;
    for (at = from; at < text.size() && hexDigit(text[at]) >= 0; ++at) {
      value = value << 4 | uint64_t(hexDigit(text[at]));
      ++count;
    }
    if (count == 0 || count > 16 || (digits && count != digits))
      throw PtxError(currentLine, "bad hexadecimal constant '" +
                                      std::string(text.substr(begin, 24)) +
                                      "'");
    return value;
  };
  char second = at + 1 < text.size() ? text[at + 1] : 0;
  if (text[at] == '0' && (second == 'f' || second == 'F')) {
    next.kind = Token::Float32;
    next.bits = hexadecimal(at + 2, 8);
  } else if (text[at] == '0' && (second == 'd' || second == 'D')) {
    next.kind = Token::Float64;
    next.bits = hexadecimal(at + 2, 16);
  } else if (text[at] == '0' && (second == 'x' || second == 'X')) {
    next.kind = Token::Integer;
    next.bits = hexadecimal(at + 2, 0);
  } else {
    // A period directly after digits makes it a decimal constant (`8.3`).
    while (at < text.size() && isDigit(text[at]))
      ++at;
    bool isFloat =
        at + 1 < text.size() && text[at] == '.' && isDigit(text[at + 1]);
    if (isFloat) {
      for (++at; at < text.size() && isDigit(text[at]);)
        ++at;
      double value = std::strtod(
          std::string(text.substr(begin, at - begin)).c_str(), nullptr);
      std::memcpy(&next.bits, &value, 8);
      next.kind = Token::Float64;
    } else {
      bool octal = text[begin] == '0' && at - begin > 1;
      unsigned base = octal ? 8 : 10;
      uint64_t value = 0;
      for (size_t i = begin; i < at; ++i) {
        unsigned digit = unsigned(text[i] - '0');
        if (digit >= base || value > (~uint64_t(0) - digit) / base)
          throw PtxError(currentLine,
                         "bad integer constant '" +
                             std::string(text.substr(begin, at - begin)) + "'");
        value = value * base + digit;
      }
      next.kind = Token::Integer;
      next.bits = value;
    }
  }
  if (next.kind == Token::Integer && at < text.size() && text[at] == 'U')
    ++at;
  next.text = text.substr(begin, at - begin);
}

} // namespace ptxemu
