//===- Parser.cpp - Module-level PTX --------------------------------------===//
#include "Parse/Parser.h"

#include <cstring>

namespace ptxemu {
namespace {

constexpr uint64_t maxVariableBytes = uint64_t(1) << 31;

uint64_t alignTo(uint64_t value, uint64_t align) {
  return (value + align - 1) / align * align;
}

} // namespace

unsigned typeBytes(std::string_view t) {
  if (t == ".b8" || t == ".u8" || t == ".s8" || t == ".e4m3" || t == ".e5m2")
    return 1;
  if (t == ".b16" || t == ".u16" || t == ".s16" || t == ".f16" ||
      t == ".bf16" || t == ".e4m3x2" || t == ".e5m2x2")
    return 2;
  if (t == ".b32" || t == ".u32" || t == ".s32" || t == ".f32" ||
      t == ".f16x2" || t == ".bf16x2" || t == ".tf32" || t == ".u16x2" ||
      t == ".s16x2")
    return 4;
  if (t == ".b64" || t == ".u64" || t == ".s64" || t == ".f64" || t == ".f32x2")
    return 8;
  if (t == ".b128")
    return 16;
  return 0;
}

Module parseModule(std::string_view text) { return Parser(text).run(); }

//===- Tokens -------------------------------------------------------------===//

void Parser::fail(const std::string &message) { failAt(lexer.line(), message); }

void Parser::failAt(int line, const std::string &message) {
  throw PtxError(line, message);
}

Token Parser::expect(char c) {
  if (!lexer.peek().is(c))
    fail(std::string("expected '") + c + "' before '" +
         std::string(lexer.peek().text) + "'");
  return lexer.take();
}

bool Parser::accept(char c) {
  if (!lexer.peek().is(c))
    return false;
  lexer.take();
  return true;
}

Token Parser::expectWord() {
  if (lexer.peek().kind != Token::Word)
    fail("expected a name before '" + std::string(lexer.peek().text) + "'");
  return lexer.take();
}

uint64_t Parser::expectInteger() {
  if (lexer.peek().kind != Token::Integer)
    fail("expected an integer before '" + std::string(lexer.peek().text) + "'");
  return lexer.take().bits;
}

int64_t Parser::expectSigned() {
  bool negative = accept('-');
  uint64_t value = expectInteger();
  return int64_t(negative ? 0 - value : value);
}

//===- Module -------------------------------------------------------------===//

Module Parser::run() {
  while (lexer.peek().kind != Token::End)
    moduleDirective();
  return std::move(module);
}

void Parser::moduleDirective() {
  Token t = lexer.take();
  if (t.kind != Token::Dot)
    failAt(t.line, "expected a directive before '" + std::string(t.text) + "'");
  bool isExtern = false;
  // Linkage precedes what it belongs to.
  while (t.is(".visible") || t.is(".extern") || t.is(".weak") ||
         t.is(".common")) {
    isExtern |= t.is(".extern");
    t = lexer.take();
  }
  if (t.is(".version")) {
    Token number = lexer.take();
    if (number.kind != Token::Float64)
      failAt(number.line, "expected a version such as 8.3");
    double value;
    std::memcpy(&value, &number.bits, 8);
    if (!(value >= 1 && value < 100))
      failAt(number.line, "PTX version " + std::string(number.text) +
                              " is not one the emulator knows");
    module.version = int(value * 10 + 0.5);
  } else if (t.is(".target")) {
    module.target = std::string(expectWord().text);
    while (accept(','))
      expectWord();
  } else if (t.is(".address_size")) {
    if (expectInteger() != 64)
      failAt(t.line, ".address_size must be 64");
  } else if (t.is(".file")) {
    fileDirective();
  } else if (t.is(".section")) {
    skipSection();
  } else if (t.is(".pragma")) {
    lexer.take();
    expect(';');
  } else if (t.is(".entry") || t.is(".func")) {
    function(t.is(".entry"), isExtern);
  } else if (t.is(".global") || t.is(".const") || t.is(".shared")) {
    Space space = t.is(".global")  ? Space::Global
                  : t.is(".const") ? Space::Const
                                   : Space::Shared;
    Variable v = variable(space, false);
    v.isExtern = isExtern;
    expect(';');
    if (!module.variables.emplace(v.name, v).second)
      failAt(t.line, "variable '" + v.name + "' is declared twice");
  } else {
    failAt(t.line, "unknown directive '" + std::string(t.text) + "'");
  }
}

void Parser::fileDirective() {
  uint64_t index = expectInteger();
  Token name = lexer.take();
  if (name.kind != Token::String)
    failAt(name.line, "expected a file name in quotes");
  module.files[int(index)] =
      std::string(name.text.substr(1, name.text.size() - 2));
  while (accept(','))
    expectInteger();
}

void Parser::skipSection() {
  lexer.take(); // the section's name
  expect('{');
  while (!lexer.peek().is('}')) {
    if (lexer.peek().kind == Token::End)
      fail("section is not closed");
    lexer.take();
  }
  expect('}');
}

//===- Variables ----------------------------------------------------------===//

/// `.align 8 .b8 name[16]`, with an initialiser when it is not a parameter.
Variable Parser::variable(Space space, bool isParameter) {
  Variable v;
  v.space = space;
  unsigned vec = 1, element = 0;
  bool alignGiven = false;
  while (lexer.peek().kind == Token::Dot) {
    Token t = lexer.take();
    if (t.is(".align")) {
      uint64_t a = expectInteger();
      if (a == 0 || a > 1024 || (a & (a - 1)))
        failAt(t.line, ".align must be a power of two of at most 1024");
      v.align = uint32_t(a);
      alignGiven = true;
    } else if (t.is(".v2") || t.is(".v4")) {
      vec = t.is(".v2") ? 2 : 4;
    } else if (t.is(".ptr") || t.is(".global") || t.is(".shared") ||
               t.is(".const") || t.is(".local") || t.is(".generic")) {
      // Attributes of a pointer parameter; `.align` after `.ptr` speaks of
      // what it points to.
      if (!isParameter)
        failAt(t.line, "'" + std::string(t.text) + "' is not expected here");
      while (lexer.peek().is(".align") || lexer.peek().is(".global") ||
             lexer.peek().is(".shared") || lexer.peek().is(".const") ||
             lexer.peek().is(".local") || lexer.peek().is(".generic"))
        if (lexer.take().is(".align"))
          expectInteger();
    } else if (t.is(".attribute")) {
      expect('(');
      while (!accept(')'))
        if (lexer.take().kind == Token::End)
          fail("attribute is not closed");
    } else if (unsigned bytes = typeBytes(t.text)) {
      element = bytes;
    } else {
      failAt(t.line, "unknown type '" + std::string(t.text) + "'");
    }
  }
  if (!element)
    fail("variable has no type");
  v.name = std::string(expectWord().text);
  uint64_t count = 1;
  while (accept('[')) {
    uint64_t extent = 0; // `[]`: sized at launch
    if (!lexer.peek().is(']'))
      extent = expectInteger();
    expect(']');
    if (extent > maxVariableBytes ||
        (count && extent > maxVariableBytes / count))
      fail("variable '" + v.name + "' is larger than 2 GiB");
    count *= extent;
  }
  v.size = count * vec * element;
  if (v.size > maxVariableBytes)
    fail("variable '" + v.name + "' is larger than 2 GiB");
  if (!alignGiven)
    v.align = vec * element;
  if (!isParameter && accept('=')) {
    initialiser(v, element);
    if (v.init.size() < v.size)
      v.init.resize(v.size);
  }
  return v;
}

void Parser::initialiser(Variable &v, unsigned elementBytes) {
  uint64_t at = 0;
  if (!lexer.peek().is('{')) {
    initialiserElement(v, elementBytes, at);
    return;
  }
  int depth = 0;
  do {
    if (accept('{')) {
      ++depth;
    } else if (accept('}')) {
      --depth;
    } else if (!accept(',')) {
      initialiserElement(v, elementBytes, at);
    }
    if (lexer.peek().kind == Token::End)
      fail("initialiser is not closed");
  } while (depth > 0);
}

void Parser::initialiserElement(Variable &v, unsigned elementBytes,
                                uint64_t &at) {
  uint64_t bits = 0;
  bool negative = accept('-');
  Token t = lexer.take();
  if (at + elementBytes > (v.size ? v.size : maxVariableBytes))
    failAt(t.line, "more initial values than '" + v.name + "' has elements");
  if (t.kind == Token::Word) {
    std::string symbol(t.text);
    if (symbol == "generic") { // generic(symbol)
      expect('(');
      symbol = std::string(expectWord().text);
      expect(')');
    }
    int64_t addend = accept('+') ? expectSigned() : 0;
    if (elementBytes != 8)
      failAt(t.line, "an address needs a 64-bit element");
    v.relocations.push_back({at, symbol, addend});
  } else if (t.kind == Token::Float32 && elementBytes == 8) {
    float f;
    uint32_t word = uint32_t(t.bits);
    std::memcpy(&f, &word, 4);
    double d = f;
    std::memcpy(&bits, &d, 8);
  } else if (t.kind == Token::Integer || t.kind == Token::Float32 ||
             t.kind == Token::Float64) {
    bits = t.bits;
  } else {
    failAt(t.line, "bad initial value '" + std::string(t.text) + "'");
  }
  if (negative)
    bits = 0 - bits;
  if (v.init.size() < at + elementBytes)
    v.init.resize(at + elementBytes);
  for (unsigned i = 0; i < elementBytes; ++i)
    v.init[at + i] = uint8_t(bits >> (8 * (i & 7)));
  at += elementBytes;
}

//===- Functions ----------------------------------------------------------===//

void Parser::parameterList(std::vector<Variable> &into, uint64_t &bytes) {
  expect('(');
  while (!accept(')')) {
    if (!into.empty())
      expect(',');
    Token t = lexer.take();
    if (!t.is(".param"))
      failAt(t.line, "expected .param before '" + std::string(t.text) + "'");
    Variable v = variable(Space::Param, true);
    bytes = alignTo(bytes, v.align);
    v.offset = bytes;
    bytes += v.size;
    if (bytes > maxVariableBytes)
      fail("parameters are larger than 2 GiB");
    into.push_back(v);
  }
}

void Parser::functionAttributes(Function &f) {
  auto triple = [&](uint32_t *out) {
    for (int i = 0; i < 3; ++i) {
      uint64_t value = i && !accept(',') ? 1 : expectInteger();
      if (value == 0 || value > 1u << 20)
        fail("thread or cluster extent " + std::to_string(value) +
             " is out of range");
      out[i] = uint32_t(value);
    }
  };
  while (lexer.peek().kind == Token::Dot) {
    Token t = lexer.take();
    if (t.is(".maxntid")) {
      triple(f.maxThreads);
    } else if (t.is(".reqntid")) {
      triple(f.requiredThreads);
    } else if (t.is(".reqnctapercluster")) {
      triple(f.clusterDims);
    } else if (t.is(".minnctapersm") || t.is(".maxnctapersm") ||
               t.is(".maxnreg") || t.is(".maxclusterrank") ||
               t.is(".abi_preserve") || t.is(".abi_preserve_control")) {
      expectInteger();
    } else if (t.is(".pragma")) {
      lexer.take();
      expect(';');
    } else if (!t.is(".noreturn") && !t.is(".explicitcluster") &&
               !t.is(".blocksareclusters")) {
      failAt(t.line, "unknown directive '" + std::string(t.text) + "'");
    }
  }
}

void Parser::function(bool isEntry, bool isExtern) {
  Function f;
  f.isEntry = isEntry;
  f.line = lexer.line();
  uint64_t returnBytes = 0;
  if (!isEntry && lexer.peek().is('('))
    parameterList(f.returns, returnBytes);
  f.name = std::string(expectWord().text);
  if (lexer.peek().is('('))
    parameterList(f.params, f.paramBytes);
  functionAttributes(f);
  auto known = module.functions.find(f.name);
  if (known != module.functions.end() && !known->second.isDeclaration &&
      lexer.peek().is('{'))
    failAt(f.line, "function '" + f.name + "' is defined twice");
  if (accept(';')) {
    f.isDeclaration = true;
    module.functions.emplace(f.name, f);
    return;
  }
  if (isExtern)
    failAt(f.line, "extern function '" + f.name + "' has a body");
  if (!isEntry) {
    // Formal parameters of a device function live in its frame.
    for (std::vector<Variable> *list : {&f.params, &f.returns})
      for (Variable &v : *list) {
        f.frameBytes = alignTo(f.frameBytes, v.align);
        v.offset = f.frameBytes;
        f.frameBytes += v.size;
      }
  }
  current = &(module.functions[f.name] = std::move(f));
  labels.clear();
  branchTableNames.clear();
  labelUses.clear();
  specials.clear();
  scopes.clear();
  location = SourceLocation();
  body();
  resolveLabels();
  current = nullptr;
}

} // namespace ptxemu
