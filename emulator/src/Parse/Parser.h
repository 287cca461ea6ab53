//===- Parser.h - Recursive-descent parser of PTX -------------------------===//
#ifndef PTXEMU_PARSE_PARSER_H
#define PTXEMU_PARSE_PARSER_H

#include "Parse/Lexer.h"
#include "Parse/Module.h"

namespace ptxemu {

class Parser {
public:
  explicit Parser(std::string_view text) : lexer(text) {}
  Module run();

private:
  // Module level (Parser.cpp).
  void moduleDirective();
  void fileDirective();
  void skipSection();
  void function(bool isEntry, bool isExtern);
  void functionAttributes(Function &f);
  void parameterList(std::vector<Variable> &into, uint64_t &bytes);
  Variable variable(Space space, bool isParameter);
  void initialiser(Variable &v, unsigned elementBytes);
  void initialiserElement(Variable &v, unsigned elementBytes, uint64_t &at);

  // Bodies (ParseBody.cpp).
  void body();
  void bodyItem();
  void registerDeclaration();
  void localVariable(Space space);
  void locDirective();
  void branchTargets(const std::string &label);
  void instruction();
  void callOperands(Statement &s);
  Operand operand();
  Operand address();
  Operand primary();
  Operand wordOperand();
  int findRegister(std::string_view name);
  int specialOperand(Special special, std::string_view name);
  void defineLabel(std::string_view name, int line);
  void resolveLabels();

  // Tokens.
  Token expect(char c);
  Token expectWord();
  uint64_t expectInteger();
  int64_t expectSigned();
  bool accept(char c);
  [[noreturn]] void fail(const std::string &message);
  [[noreturn]] void failAt(int line, const std::string &message);

  struct RegisterRange {
    std::string prefix;
    uint64_t count;
    uint8_t bits;
  };
  struct Scope {
    int id;
    std::map<std::string, int, std::less<>> registers;
    std::vector<RegisterRange> ranges;
    std::map<std::string, std::string, std::less<>> variables;
  };
  struct LabelUse {
    int statement; ///< or branch table when `table` is set
    int operand;
    bool table;
    std::string name;
    std::vector<int> scopes;
    int line;
  };

  Lexer lexer;
  Module module;
  Function *current = nullptr;
  std::vector<Scope> scopes;
  int scopeCounter = 0;
  std::map<std::pair<int, std::string>, int> labels;
  std::map<std::pair<int, std::string>, int> branchTableNames;
  std::vector<LabelUse> labelUses;
  std::map<Special, int> specials;
  SourceLocation location;
};

} // namespace ptxemu

#endif
