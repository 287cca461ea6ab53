//===- json.c - A small strict JSON reader --------------------------------===//

#include "json.h"

#include <stdio.h>
#include <string.h>

typedef struct parser {
  convrt_arena *arena;
  const char *begin;
  const char *at;
  const char *end;
  size_t values;
  const char *problem; ///< first problem found; parsing stops there
} parser;

static convrt_json *parseValue(parser *p, int depth);

static void *problem(parser *p, const char *text) {
  if (!p->problem)
    p->problem = text;
  return NULL;
}

static void skipSpace(parser *p) {
  while (p->at < p->end &&
         (*p->at == ' ' || *p->at == '\t' || *p->at == '\n' || *p->at == '\r'))
    ++p->at;
}

/// The next character, or NUL at the end (NUL itself is never valid JSON).
static char peek(const parser *p) { return p->at < p->end ? *p->at : '\0'; }

static bool isDigit(char c) { return c >= '0' && c <= '9'; }

static convrt_json *newValue(parser *p, convrt_json_type type) {
  if (p->values++ == CONVRT_JSON_MAX_VALUES)
    return problem(p, "too many values");
  convrt_json *value = convrt_arena_allocate(p->arena, 1, sizeof *value);
  if (!value)
    return problem(p, "out of memory");
  value->type = type;
  return value;
}

//===----------------------------------------------------------------------===//
// Strings
//===----------------------------------------------------------------------===//

/// Append `code` as UTF-8 and return the new end.
static char *putUtf8(char *out, uint32_t code) {
  if (code < 0x80) {
    *out++ = (char)code;
  } else if (code < 0x800) {
    *out++ = (char)(0xC0 | code >> 6);
    *out++ = (char)(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    *out++ = (char)(0xE0 | code >> 12);
    *out++ = (char)(0x80 | (code >> 6 & 0x3F));
    *out++ = (char)(0x80 | (code & 0x3F));
  } else {
    *out++ = (char)(0xF0 | code >> 18);
    *out++ = (char)(0x80 | (code >> 12 & 0x3F));
    *out++ = (char)(0x80 | (code >> 6 & 0x3F));
    *out++ = (char)(0x80 | (code & 0x3F));
  }
  return out;
}

/// Four hexadecimal digits.
static bool parseHex4(parser *p, uint32_t *code) {
  if (p->end - p->at < 4)
    return false;
  *code = 0;
  for (int i = 0; i < 4; ++i) {
    char c = *p->at++;
    uint32_t digit;
    if (isDigit(c))
      digit = (uint32_t)(c - '0');
    else if (c >= 'a' && c <= 'f')
      digit = (uint32_t)(c - 'a' + 10);
    else if (c >= 'A' && c <= 'F')
      digit = (uint32_t)(c - 'A' + 10);
    else
      return false;
    *code = *code << 4 | digit;
  }
  return true;
}

/// The character of a \u escape whose "\u" has been read, with its second half
/// if it is a surrogate pair.
static bool parseUnicodeEscape(parser *p, uint32_t *code) {
  if (!parseHex4(p, code)) {
    problem(p, "\\u needs four hexadecimal digits");
    return false;
  }
  if (*code == 0) {
    problem(p, "a string may not contain NUL");
    return false;
  }
  if (*code < 0xD800 || *code > 0xDFFF)
    return true;
  uint32_t low;
  if (*code > 0xDBFF || p->end - p->at < 2 || p->at[0] != '\\' ||
      p->at[1] != 'u') {
    problem(p, "unpaired surrogate");
    return false;
  }
  p->at += 2;
  if (!parseHex4(p, &low) || low < 0xDC00 || low > 0xDFFF) {
    problem(p, "unpaired surrogate");
    return false;
  }
  *code = 0x10000 + ((*code - 0xD800) << 10) + (low - 0xDC00);
  return true;
}

/// Length of the UTF-8 sequence at `at`, 0 if it is not well-formed (RFC 3629:
/// shortest form, no surrogates, at most U+10FFFF).
static size_t utf8Length(const char *at, const char *end) {
  const unsigned char *b = (const unsigned char *)at;
  size_t left = (size_t)(end - at);
  if (b[0] < 0x80)
    return 1;
  size_t length = b[0] >= 0xF0 ? 4 : b[0] >= 0xE0 ? 3 : 2;
  if (b[0] < 0xC2 || b[0] > 0xF4 || left < length)
    return 0;
  for (size_t i = 1; i < length; ++i)
    if ((b[i] & 0xC0) != 0x80)
      return 0;
  if ((b[0] == 0xE0 && b[1] < 0xA0) || (b[0] == 0xED && b[1] > 0x9F) ||
      (b[0] == 0xF0 && b[1] < 0x90) || (b[0] == 0xF4 && b[1] > 0x8F))
    return 0;
  return length;
}

/// A string whose opening quote is next. Sets `length` to its bytes.
static const char *parseText(parser *p, size_t *length) {
  const char *start = ++p->at;
  // No escape is shorter than what it stands for, so the span bounds the text.
  const char *close = start;
  while (close < p->end && *close != '"')
    close += *close == '\\' && p->end - close > 1 ? 2 : 1;
  if (close >= p->end)
    return problem(p, "unterminated string");
  char *text = convrt_arena_allocate(p->arena, (size_t)(close - start) + 1, 1);
  if (!text)
    return problem(p, "out of memory");
  char *out = text;
  while (*p->at != '"') {
    unsigned char c = (unsigned char)*p->at;
    if (c < 0x20)
      return problem(p, "control character in a string");
    if (c != '\\') {
      size_t bytes = utf8Length(p->at, close);
      if (!bytes)
        return problem(p, "invalid UTF-8");
      memcpy(out, p->at, bytes);
      out += bytes;
      p->at += bytes;
      continue;
    }
    p->at += 2;
    switch (p->at[-1]) {
    case '"':
    case '\\':
    case '/':
      *out++ = p->at[-1];
      break;
    case 'b':
      *out++ = '\b';
      break;
    case 'f':
      *out++ = '\f';
      break;
    case 'n':
      *out++ = '\n';
      break;
    case 'r':
      *out++ = '\r';
      break;
    case 't':
      *out++ = '\t';
      break;
    case 'u': {
      uint32_t code;
      if (!parseUnicodeEscape(p, &code))
        return NULL;
      out = putUtf8(out, code);
      break;
    }
    default:
      return problem(p, "unknown escape");
    }
  }
  ++p->at;
  *length = (size_t)(out - text);
  return text;
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

/// mantissa * 10^exponent. Exact up to 2^53 and 10^22, else to a few ulp: no
/// locale is involved, as it would be in strtod.
static double scale(uint64_t mantissa, int exponent) {
  static const double exact[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                 1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  double value = (double)mantissa;
  for (; exponent > 22 && value != 0 && value < 1e300; exponent -= 22)
    value *= exact[22];
  for (; exponent < -22 && value != 0; exponent += 22)
    value /= exact[22];
  if (exponent > 22)
    return value == 0 ? 0 : 1e300 * 1e300;
  if (value == 0)
    return 0;
  return exponent >= 0 ? value * exact[exponent] : value / exact[-exponent];
}

static convrt_json *parseNumber(parser *p) {
  convrt_json *value = newValue(p, CONVRT_JSON_NUMBER);
  if (!value)
    return NULL;
  bool negative = peek(p) == '-';
  p->at += negative;
  if (!isDigit(peek(p)))
    return problem(p, "a number needs a digit");
  if (peek(p) == '0' && p->end - p->at > 1 && isDigit(p->at[1]))
    return problem(p, "a number may not begin with 0");
  uint64_t mantissa = 0;
  int64_t exponent = 0;
  bool fits = true;
  bool integral = true;
  for (bool fraction = false;; ++p->at) {
    char c = peek(p);
    if (c == '.' && !fraction) {
      fraction = true;
      integral = false;
      if (p->end - p->at < 2 || !isDigit(p->at[1]))
        return problem(p, "a fraction needs a digit");
      continue;
    }
    if (!isDigit(c))
      break;
    uint64_t digit = (uint64_t)(c - '0');
    // Digits beyond the 19th do not change a double.
    if (mantissa <= (UINT64_MAX - digit) / 10) {
      mantissa = mantissa * 10 + digit;
      exponent -= fraction;
    } else {
      fits = false;
      exponent += !fraction;
    }
  }
  if (peek(p) == 'e' || peek(p) == 'E') {
    integral = false;
    ++p->at;
    bool negativeExponent = peek(p) == '-';
    p->at += negativeExponent || peek(p) == '+';
    if (!isDigit(peek(p)))
      return problem(p, "an exponent needs a digit");
    int64_t stated = 0;
    for (; isDigit(peek(p)); ++p->at)
      if (stated < 100000)
        stated = stated * 10 + (*p->at - '0');
    exponent += negativeExponent ? -stated : stated;
  }
  if (exponent > 400 && mantissa != 0)
    return problem(p, "number too large");
  if (exponent < -1000)
    exponent = -1000;
  if (exponent > 400)
    exponent = 0;
  value->number = scale(mantissa, (int)exponent);
  if (value->number > 1.7976931348623157e308)
    return problem(p, "number too large");
  value->integral = integral && fits && mantissa <= INT64_MAX;
  if (value->integral)
    value->integer = negative ? -(int64_t)mantissa : (int64_t)mantissa;
  if (negative)
    value->number = -value->number;
  return value;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

static convrt_json *parseWord(parser *p, const char *word,
                              convrt_json_type type, bool boolean) {
  size_t length = strlen(word);
  if ((size_t)(p->end - p->at) < length || memcmp(p->at, word, length) != 0)
    return problem(p, "unknown value");
  p->at += length;
  convrt_json *value = newValue(p, type);
  if (value)
    value->boolean = boolean;
  return value;
}

/// Members of an object or elements of an array, from the opening bracket on.
static convrt_json *parseChildren(parser *p, convrt_json_type type, int depth) {
  if (depth == CONVRT_JSON_MAX_DEPTH)
    return problem(p, "nested too deeply");
  bool object = type == CONVRT_JSON_OBJECT;
  char close = object ? '}' : ']';
  convrt_json *value = newValue(p, type);
  if (!value)
    return NULL;
  ++p->at;
  skipSpace(p);
  if (peek(p) == close) {
    ++p->at;
    return value;
  }
  for (convrt_json **link = &value->first;;) {
    const char *key = NULL;
    skipSpace(p);
    if (object) {
      size_t length;
      if (peek(p) != '"')
        return problem(p, "expected a key in quotes");
      key = parseText(p, &length);
      if (!key)
        return NULL;
      if (convrt_json_get(value, key))
        return problem(p, "duplicate key");
      if (value->count == CONVRT_JSON_MAX_MEMBERS)
        return problem(p, "too many members in an object");
      skipSpace(p);
      if (peek(p) != ':')
        return problem(p, "expected ':'");
      ++p->at;
    }
    convrt_json *child = parseValue(p, depth + 1);
    if (!child)
      return NULL;
    child->key = key;
    *link = child;
    link = &child->next;
    ++value->count;
    skipSpace(p);
    if (peek(p) == close) {
      ++p->at;
      return value;
    }
    if (peek(p) != ',')
      return problem(p, object ? "expected ',' or '}'" : "expected ',' or ']'");
    ++p->at;
  }
}

static convrt_json *parseValue(parser *p, int depth) {
  skipSpace(p);
  switch (peek(p)) {
  case '{':
    return parseChildren(p, CONVRT_JSON_OBJECT, depth);
  case '[':
    return parseChildren(p, CONVRT_JSON_ARRAY, depth);
  case '"': {
    convrt_json *value = newValue(p, CONVRT_JSON_STRING);
    if (!value)
      return NULL;
    value->text = parseText(p, &value->count);
    return value->text ? value : NULL;
  }
  case 't':
    return parseWord(p, "true", CONVRT_JSON_BOOLEAN, true);
  case 'f':
    return parseWord(p, "false", CONVRT_JSON_BOOLEAN, false);
  case 'n':
    return parseWord(p, "null", CONVRT_JSON_NULL, false);
  default:
    if (peek(p) == '-' || isDigit(peek(p)))
      return parseNumber(p);
    return problem(p, p->at == p->end ? "unexpected end" : "unknown value");
  }
}

const convrt_json *convrt_json_parse(convrt_arena *arena, const char *text,
                                     size_t size, char *error,
                                     size_t errorSize) {
  parser p = {.arena = arena, .begin = text, .at = text, .end = text + size};
  const convrt_json *value = parseValue(&p, 0);
  skipSpace(&p);
  if (value && p.at != p.end)
    value = problem(&p, "text after the value");
  if (!value)
    snprintf(error, errorSize, "%s at byte %zu", p.problem,
             (size_t)(p.at - p.begin));
  return value;
}

const convrt_json *convrt_json_get(const convrt_json *object, const char *key) {
  if (object->type != CONVRT_JSON_OBJECT)
    return NULL;
  for (const convrt_json *member = object->first; member; member = member->next)
    if (strcmp(member->key, key) == 0)
      return member;
  return NULL;
}
