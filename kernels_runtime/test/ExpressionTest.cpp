//===- ExpressionTest.cpp - Whole numbers computed from sizes -------------===//

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

extern "C" {
#include "expression.h"
#include "gpu_arch.h"
#include "limits.h"
}

namespace {

using Terms = std::vector<convrt_term>;

const int64_t dims[] = {5, 0, INT64_MAX};
constexpr convrt_term dim0 = {CONVRT_TERM_DIM, 0}, dim1 = {CONVRT_TERM_DIM, 1},
                      dim2 = {CONVRT_TERM_DIM, 2},
                      sms = {CONVRT_TERM_MULTIPROCESSORS, 0},
                      add = {CONVRT_TERM_ADD, 0},
                      subtract = {CONVRT_TERM_SUBTRACT, 0},
                      multiply = {CONVRT_TERM_MULTIPLY, 0},
                      ceildiv = {CONVRT_TERM_CEILDIV, 0},
                      least = {CONVRT_TERM_MIN, 0}, most = {CONVRT_TERM_MAX, 0};
convrt_term number(int64_t value) { return {CONVRT_TERM_NUMBER, value}; }

int64_t valueOf(const Terms &terms) {
  convrt_expression expression = {terms.data(), terms.size()};
  EXPECT_EQ(convrt_expression_check(&expression), nullptr);
  int64_t value = -1;
  const char *problem =
      convrt_expression_evaluate(&expression, dims, 132, &value);
  EXPECT_EQ(problem, nullptr) << problem;
  return value;
}

std::string problemOf(const Terms &terms) {
  convrt_expression expression = {terms.data(), terms.size()};
  EXPECT_EQ(convrt_expression_check(&expression), nullptr);
  int64_t value;
  const char *problem =
      convrt_expression_evaluate(&expression, dims, 132, &value);
  return problem ? problem : "";
}

TEST(Expression, Evaluates) {
  EXPECT_EQ(valueOf({number(-7)}), -7);
  EXPECT_EQ(valueOf({dim0, number(8), ceildiv}), 1);
  EXPECT_EQ(valueOf({dim0, number(5), ceildiv}), 1);
  EXPECT_EQ(valueOf({dim0, number(4), ceildiv}), 2);
  EXPECT_EQ(valueOf({dim1, number(4), ceildiv}), 0);
  EXPECT_EQ(valueOf({dim2, number(2), ceildiv}), INT64_C(1) << 62);
  EXPECT_EQ(valueOf({dim0, number(3), subtract}), 2);
  EXPECT_EQ(valueOf({dim0, sms, multiply, number(1), add}), 661);
  EXPECT_EQ(valueOf({dim0, sms, least}), 5);
  EXPECT_EQ(valueOf({sms, dim0, least}), 5);
  EXPECT_EQ(valueOf({dim0, sms, most}), 132);
  EXPECT_EQ(valueOf({sms, dim0, most}), 132);
}

TEST(Expression, ReportsWhatHasNoValue) {
  EXPECT_NE(problemOf({dim2, number(1), add}).find("overflows"),
            std::string::npos);
  EXPECT_NE(problemOf({dim2, number(2), multiply}).find("overflows"),
            std::string::npos);
  EXPECT_NE(problemOf({number(-2), dim2, subtract}).find("overflows"),
            std::string::npos);
  EXPECT_NE(problemOf({dim0, dim1, ceildiv}).find("divides"),
            std::string::npos);
  EXPECT_NE(problemOf({number(-1), number(2), ceildiv}).find("divides"),
            std::string::npos);
}

TEST(Expression, ChecksItsStack) {
  auto problem = [](const Terms &terms) {
    convrt_expression expression = {terms.data(), terms.size()};
    const char *text = convrt_expression_check(&expression);
    return std::string(text ? text : "");
  };
  EXPECT_NE(problem({}).find("exactly one"), std::string::npos);
  EXPECT_NE(problem({dim0, dim0}).find("exactly one"), std::string::npos);
  EXPECT_NE(problem({add}).find("lacks an operand"), std::string::npos);
  EXPECT_NE(problem({dim0, add}).find("lacks an operand"), std::string::npos);
  Terms deep(CONVRT_MAX_STACK, dim0);
  deep.insert(deep.end(), CONVRT_MAX_STACK - 1, most);
  EXPECT_EQ(problem(deep), "");
  deep.insert(deep.begin(), dim0);
  deep.push_back(most);
  EXPECT_NE(problem(deep).find("more than 16"), std::string::npos);
}

/// Random chains of operations against the same in ordinary notation.
TEST(Expression, AgreesWithOrdinaryArithmetic) {
  std::mt19937_64 random(20241);
  for (int round = 0; round < 500; ++round) {
    Terms terms = {dim0};
    int64_t wanted = dims[0];
    for (int i = 0; i < 8; ++i) {
      int64_t operand = int64_t(random() % 100) + 1;
      terms.push_back(number(operand));
      switch (random() % 6) {
      case 0:
        terms.push_back(add);
        wanted += operand;
        break;
      case 1:
        terms.push_back(subtract);
        wanted -= operand;
        terms.insert(terms.end(), {number(0), most});
        wanted = std::max<int64_t>(wanted, 0);
        break;
      case 2:
        terms.push_back(multiply);
        wanted *= operand;
        break;
      case 3:
        terms.push_back(ceildiv);
        wanted = (wanted + operand - 1) / operand;
        break;
      case 4:
        terms.push_back(least);
        wanted = std::min(wanted, operand);
        break;
      default:
        terms.push_back(most);
        wanted = std::max(wanted, operand);
      }
    }
    EXPECT_EQ(valueOf(terms), wanted);
  }
}

TEST(GpuArch, Parses) {
  convrt_gpu_arch arch;
  ASSERT_TRUE(convrt_gpu_arch_parse("sm_90a", &arch));
  EXPECT_EQ(arch.major, 9);
  EXPECT_EQ(arch.minor, 0);
  EXPECT_EQ(arch.suffix, 'a');
  ASSERT_TRUE(convrt_gpu_arch_parse("sm_120", &arch));
  EXPECT_EQ(arch.major, 12);
  EXPECT_EQ(arch.suffix, 0);
  for (const char *text : {"", "sm_", "sm_9", "sm_90b", "sm_90aa", "sm_09",
                           "compute_90", "sm_90 ", "sm_12345", "avx2"})
    EXPECT_FALSE(convrt_gpu_arch_parse(text, &arch)) << text;
}

TEST(GpuArch, KnowsWhatRunsWhere) {
  auto runs = [](const char *text, bool isPtx, int major, int minor) {
    convrt_gpu_arch arch;
    EXPECT_TRUE(convrt_gpu_arch_parse(text, &arch));
    return convrt_gpu_arch_runs(&arch, isPtx, major, minor);
  };
  for (bool isPtx : {false, true}) {
    EXPECT_TRUE(runs("sm_90a", isPtx, 9, 0));
    EXPECT_FALSE(runs("sm_90a", isPtx, 10, 0));
    EXPECT_FALSE(runs("sm_90a", isPtx, 8, 9));
    EXPECT_TRUE(runs("sm_80", isPtx, 8, 0));
    EXPECT_TRUE(runs("sm_80", isPtx, 8, 9));
    EXPECT_FALSE(runs("sm_86", isPtx, 8, 0));
    EXPECT_TRUE(runs("sm_100f", isPtx, 10, 3));
    EXPECT_FALSE(runs("sm_100f", isPtx, 12, 0));
  }
  EXPECT_TRUE(runs("sm_80", true, 9, 0));
  EXPECT_FALSE(runs("sm_80", false, 9, 0));
  EXPECT_FALSE(runs("sm_90", true, 8, 9));
}

} // namespace
