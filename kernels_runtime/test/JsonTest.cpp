//===- JsonTest.cpp - The strict JSON reader ------------------------------===//

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>

extern "C" {
#include "json.h"
}

namespace {

class Json : public ::testing::Test {
protected:
  ~Json() override { convrt_arena_free(&arena); }

  /// Parse exactly these bytes, in memory of their size, so that the address
  /// sanitizer sees any read past the end.
  const convrt_json *parse(const std::string &text) {
    std::unique_ptr<char[]> exact(new char[text.size()]);
    text.copy(exact.get(), text.size());
    error[0] = '\0';
    return convrt_json_parse(&arena, exact.get(), text.size(), error,
                             sizeof error);
  }

  void expectError(const std::string &text, const char *message) {
    EXPECT_EQ(parse(text), nullptr) << text;
    EXPECT_NE(std::string(error).find(message), std::string::npos)
        << text << ": " << error;
  }

  double number(const std::string &text) {
    const convrt_json *value = parse(text);
    EXPECT_NE(value, nullptr) << text << ": " << error;
    return value ? value->number : -1;
  }

  convrt_arena arena = {};
  char error[128];
};

TEST_F(Json, Values) {
  const convrt_json *root = parse(" {\"a\": [1, -2, true, false, null], \"b\" "
                                  ": {\"c\":\"d\"}, \"e\":[]}\n");
  ASSERT_NE(root, nullptr) << error;
  const convrt_json *a = convrt_json_get(root, "a");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->count, 5u);
  EXPECT_EQ(a->first->integer, 1);
  EXPECT_EQ(a->first->next->integer, -2);
  EXPECT_TRUE(a->first->next->next->boolean);
  EXPECT_FALSE(a->first->next->next->next->boolean);
  EXPECT_EQ(a->first->next->next->next->next->type, CONVRT_JSON_NULL);
  const convrt_json *c = convrt_json_get(convrt_json_get(root, "b"), "c");
  ASSERT_NE(c, nullptr);
  EXPECT_STREQ(c->text, "d");
  EXPECT_EQ(convrt_json_get(root, "e")->count, 0u);
  EXPECT_EQ(convrt_json_get(root, "f"), nullptr);
  EXPECT_EQ(convrt_json_get(a, "f"), nullptr);
}

TEST_F(Json, Numbers) {
  EXPECT_EQ(number("0"), 0.0);
  EXPECT_EQ(number("-0.5"), -0.5);
  EXPECT_EQ(number("1e-6"), 1e-6);
  EXPECT_EQ(number("2.5E+3"), 2500.0);
  EXPECT_EQ(number("0.00043"), 0.00043);
  EXPECT_EQ(number("1e-400"), 0.0);
  EXPECT_EQ(number("0e999999999999"), 0.0);
  EXPECT_DOUBLE_EQ(number("1.7976931348623157e308"), 1.7976931348623157e308);
  EXPECT_DOUBLE_EQ(number("9.9999999999999995e-07"), 1e-6);
  EXPECT_DOUBLE_EQ(number("123456789012345678901234567890"),
                   123456789012345678901234567890.0);
  EXPECT_DOUBLE_EQ(number("0." + std::string(300, '0') + "5"), 5e-301);

  const convrt_json *largest = parse("9223372036854775807");
  ASSERT_NE(largest, nullptr);
  EXPECT_TRUE(largest->integral);
  EXPECT_EQ(largest->integer, INT64_MAX);
  EXPECT_FALSE(parse("9223372036854775808")->integral);
  EXPECT_FALSE(parse("18446744073709551616")->integral);
  EXPECT_FALSE(parse("1.0")->integral);
  EXPECT_FALSE(parse("1e3")->integral);
}

TEST_F(Json, BadNumbers) {
  expectError("01", "may not begin with 0");
  expectError("-", "needs a digit");
  expectError("1.", "fraction needs a digit");
  expectError("1.e3", "fraction needs a digit");
  expectError("1e", "exponent needs a digit");
  expectError("1e309", "too large");
  expectError("1e99999999999999999999", "too large");
  expectError("+1", "unknown value");
  expectError(".5", "unknown value");
  expectError("1.2.3", "text after");
  expectError("NaN", "unknown value");
}

TEST_F(Json, Strings) {
  const convrt_json *value =
      parse(R"("\"\\\/\b\f\n\r\t \u0041\u00e9\u20AC\uD83D\uDE00 é€😀")");
  ASSERT_NE(value, nullptr) << error;
  EXPECT_STREQ(value->text, "\"\\/\b\f\n\r\t A\u00e9\u20AC\U0001F600 "
                            "\u00e9\u20AC\U0001F600");
  EXPECT_EQ(value->count, strlen(value->text));
}

TEST_F(Json, BadStrings) {
  expectError("\"abc", "unterminated");
  expectError("\"abc\\\"", "unterminated");
  expectError("\"\\", "unterminated");
  expectError("\"a\nb\"", "control character");
  expectError(R"("\x41")", "unknown escape");
  expectError(R"("\u12")", "four hexadecimal digits");
  expectError(R"("\u12G4")", "four hexadecimal digits");
  expectError(R"("\u0000")", "NUL");
  expectError(R"("\uD83D")", "unpaired surrogate");
  expectError(R"("\uD83Dx")", "unpaired surrogate");
  expectError(R"("\uD83D\u0041")", "unpaired surrogate");
  expectError(R"("\uDE00")", "unpaired surrogate");
  for (const char *bad :
       {"\"\x80\"", "\"\xC0\xAF\"", "\"\xE0\x80\xAF\"", "\"\xED\xA0\x80\"",
        "\"\xF4\x90\x80\x80\"", "\"\xF8\x88\x80\x80\x80\"", "\"\xE2\x82\""})
    expectError(bad, "invalid UTF-8");
}

TEST_F(Json, BadStructure) {
  expectError("", "unexpected end");
  expectError("  ", "unexpected end");
  expectError("{", "expected a key");
  expectError("[1", "expected ',' or ']'");
  expectError("[1,]", "unknown value");
  expectError("{\"a\":1,}", "expected a key");
  expectError("{\"a\" 1}", "expected ':'");
  expectError("{a:1}", "expected a key");
  expectError("{\"a\":1 \"b\":2}", "expected ',' or '}'");
  expectError("{\"a\":1,\"a\":2}", "duplicate key");
  expectError("[1] x", "text after the value");
  expectError("tru", "unknown value");
  expectError(std::string("1\0", 2), "text after the value");
}

TEST_F(Json, Limits) {
  const int depth = CONVRT_JSON_MAX_DEPTH;
  EXPECT_NE(parse(std::string(depth, '[') + std::string(depth, ']')), nullptr);
  expectError(std::string(depth + 1, '[') + std::string(depth + 1, ']'),
              "nested too deeply");
  expectError(std::string(1 << 20, '['), "nested too deeply");

  std::string members;
  for (int i = 0; i < CONVRT_JSON_MAX_MEMBERS; ++i)
    members += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":0";
  EXPECT_NE(parse("{" + members + "}"), nullptr) << error;
  expectError("{" + members + ",\"more\":0}", "too many members");

  std::string values = "[0";
  for (int i = 2; i < CONVRT_JSON_MAX_VALUES; ++i)
    values += ",0";
  EXPECT_NE(parse(values + "]"), nullptr) << error;
  expectError(values + ",0]", "too many values");
}

/// Every prefix of a text is an error, except where only space is missing.
TEST_F(Json, Truncated) {
  std::string text = R"({"a":[1.5e-3,"\u20AC\n",{"b":null}],"c":true})";
  ASSERT_NE(parse(text), nullptr) << error;
  for (size_t length = 0; length < text.size(); ++length)
    EXPECT_EQ(parse(text.substr(0, length)), nullptr) << length;
}

} // namespace
