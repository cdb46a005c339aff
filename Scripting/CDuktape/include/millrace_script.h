// One expression, compiled once and evaluated for many records, by Duktape (https://duktape.org, ECMAScript 5.1).
//
// The engine is compiled from the source file that Debian's package duktape-dev ships, because only there can it be told to look
// at a budget of steps. Errors of the engine are longjmps: they never leave this file, and the functions of script_host, which
// are written in Swift, never raise one.
#ifndef MILLRACE_SCRIPT_H
#define MILLRACE_SCRIPT_H

#include <stddef.h>
#include <stdint.h>

typedef struct script script;

enum {
  SCRIPT_UNDEFINED, SCRIPT_NULL, SCRIPT_BOOLEAN, SCRIPT_NUMBER,
  SCRIPT_TEXT,      // set by script_set_text
  SCRIPT_BYTES,     // set by script_set_text, too
  SCRIPT_STRUCT,    // an object whose members are asked for when they are read
  SCRIPT_ARRAY,     // `count` elements, all asked for at once
  SCRIPT_MAP,       // `count` pairs of a text and a value, all asked for at once
  SCRIPT_METHOD,    // a function of no parameters that answers the text, or null where `number` is not 0
  SCRIPT_OTHER,     // what an expression answers that is none of the above
};

typedef struct {
  int kind;
  double number;
  uint64_t node;    // what the host calls a struct, an array or a map
  size_t count;
} script_value;

typedef struct {
  void *context;
  // One of the arguments: 0 key, 1 value, 2 keySchema, 3 valueSchema, 4 topic, 5 header.
  void (*argument)(void *context, script *, int which, script_value *result);
  // The member of a struct; SCRIPT_UNDEFINED where it has none of that name.
  void (*member)(void *context, script *, uint64_t node, const char *name, size_t length, script_value *result);
  // The name of a struct's member; SCRIPT_UNDEFINED behind the last.
  void (*name)(void *context, script *, uint64_t node, size_t index, script_value *result);
  // The element of an array; of a map the keys at even places, the values at odd ones.
  void (*element)(void *context, script *, uint64_t node, size_t index, script_value *result);
} script_host;

enum { SCRIPT_DONE, SCRIPT_FAILED, SCRIPT_TOO_LONG, SCRIPT_TOO_LARGE };

// NULL where memory is short. `memory` is the limit in bytes, `steps` that of one evaluation, in units of 2^18 operations.
script *script_create(script_host host, size_t memory, uint32_t steps);
void script_destroy(script *);

// Compiles an expression, or statements whose last value counts.
// Answers 0, or 1 with script_text being what is wrong.
int script_compile(script *, const char *source, size_t length);

// Evaluates it. `result` is a plain value (its text is script_text), or SCRIPT_OTHER.
int script_run(script *, script_value *result);

// The text of the last result or failure. A failure's holds no value of a record.
const char *script_text(const script *, size_t *length);

// For the functions of script_host: gives a result its text, in UTF-8, or its bytes. Answers 0 where memory is short.
int script_set_text(script *, script_value *result, int kind, const void *bytes, size_t length);

#endif
