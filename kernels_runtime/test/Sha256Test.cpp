//===- Sha256Test.cpp - Against the vectors of FIPS 180-4 -----------------===//

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

extern "C" {
#include "sha256.h"
}

/// The digest of `text`, added in pieces of `piece` bytes.
static std::string digest(const std::string &text, size_t piece) {
  convrt_sha256 hash;
  std::string hex(CONVRT_SHA256_HEX, '\0');
  convrt_sha256_begin(&hash);
  for (size_t at = 0; at < text.size(); at += piece)
    convrt_sha256_add(&hash, text.data() + at,
                      std::min(piece, text.size() - at));
  convrt_sha256_end(&hash, hex.data());
  return hex;
}

TEST(Sha256, FipsVectors) {
  // FIPS 180-2, appendix B, and the empty message of the validation suite.
  EXPECT_EQ(digest("", 1),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest("abc", 3),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(
      digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56),
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(digest(std::string(1000000, 'a'), 1000000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesDoNotMatter) {
  std::string text;
  for (int i = 0; i < 300; ++i)
    text.push_back(static_cast<char>(i * 37));
  for (size_t length = 0; length <= text.size(); ++length) {
    std::string part = text.substr(0, length);
    std::string whole = digest(part, 300);
    for (size_t piece : {1, 7, 63, 64, 65, 119, 128})
      EXPECT_EQ(digest(part, piece), whole) << length << " by " << piece;
  }
}
