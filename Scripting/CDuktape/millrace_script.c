#include "duktape_source.h"

#include "include/millrace_script.h"

#include <stdlib.h>
#include <string.h>

struct script {
  duk_context *engine;
  script_host host;
  size_t memory, used;       // bytes
  uint32_t limit, left;      // steps
  int is_out, is_full;       // which limit ended an evaluation
  int is_expression;         // else statements, whose arguments are global
  unsigned mentioned;        // the arguments that the source names, a bit for each
  char *text;                // what passes between the two worlds
  size_t length, capacity;
};

static const char *const arguments[] = {"key", "value", "keySchema", "valueSchema", "topic", "header"};
enum { argument_count = 6, deepest = 64 };

static int script_is_out_of_steps(void *user) {
  script *self = user;
  if (self->left == 0) {
    self->is_out = 1;
    return 1;
  }
  self->left--;
  return 0;
}

// MARK: memory. The size of a block stands before it.

typedef union { size_t size; max_align_t align; } block;

static void *resize(void *user, void *old, size_t size) {
  script *self = user;
  block *before = old ? (block *)old - 1 : NULL;
  size_t had = before ? before->size : 0;
  if (size == 0) {
    self->used -= had;
    free(before);
    return NULL;
  }
  if (size > self->memory || self->used - had > self->memory - size) {
    self->is_full = 1;
    return NULL;
  }
  block *after = realloc(before, sizeof(block) + size);
  if (!after) {
    self->is_full = 1;
    return NULL;
  }
  after->size = size;
  self->used += size - had;
  return after + 1;
}

static void *allocate(void *user, size_t size) { return resize(user, NULL, size); }
static void release(void *user, void *old) { resize(user, old, 0); }

// MARK: text. The engine has characters outside the basic plane as two surrogates of three bytes each.

static int reserve(script *self, size_t length) {
  if (self->capacity >= length) return 1;
  size_t capacity = length + length / 2 + 64;
  char *text = realloc(self->text, capacity);
  if (!text) return 0;
  self->text = text;
  self->capacity = capacity;
  return 1;
}

int script_set_text(script *self, script_value *result, int kind, const void *bytes, size_t length) {
  result->kind = SCRIPT_UNDEFINED;
  if (!reserve(self, length + length / 2 + 1)) return 0;
  const unsigned char *from = bytes;
  size_t to = 0;
  for (size_t at = 0; at < length;) {
    if (kind != SCRIPT_BYTES && from[at] >= 0xf0 && length - at >= 4) {
      uint32_t c = (from[at] & 7u) << 18 | (from[at + 1] & 63u) << 12 | (from[at + 2] & 63u) << 6 | (from[at + 3] & 63u);
      uint32_t units[2] = {0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff)};
      for (int i = 0; i < 2; i++) {
        self->text[to++] = (char)(0xe0 | units[i] >> 12);
        self->text[to++] = (char)(0x80 | (units[i] >> 6 & 63));
        self->text[to++] = (char)(0x80 | (units[i] & 63));
      }
      at += 4;
    } else {
      self->text[to++] = (char)from[at++];
    }
  }
  self->length = to;
  result->kind = kind;
  return 1;
}

// The engine's text as UTF-8, into self->text.
static void keep_text(script *self, const char *text, size_t length) {
  self->length = 0;
  if (!reserve(self, length + 1)) return;
  const unsigned char *from = (const unsigned char *)text;
  size_t to = 0;
  for (size_t at = 0; at < length;) {
    if (length - at >= 6 && from[at] == 0xed && (from[at + 1] & 0xf0) == 0xa0 && from[at + 3] == 0xed && (from[at + 4] & 0xf0) == 0xb0) {
      uint32_t high = (from[at + 1] & 15u) << 6 | (from[at + 2] & 63u), low = (from[at + 4] & 15u) << 6 | (from[at + 5] & 63u);
      uint32_t c = 0x10000 + (high << 10 | low);
      self->text[to++] = (char)(0xf0 | c >> 18);
      self->text[to++] = (char)(0x80 | (c >> 12 & 63));
      self->text[to++] = (char)(0x80 | (c >> 6 & 63));
      self->text[to++] = (char)(0x80 | (c & 63));
      at += 6;
    } else {
      self->text[to++] = (char)from[at++];
    }
  }
  self->length = to;
}

const char *script_text(const script *self, size_t *length) {
  *length = self->length;
  return self->text;
}

// MARK: values

static script *owner(duk_context *engine) {
  duk_memory_functions functions;
  duk_get_memory_functions(engine, &functions);
  return functions.udata;
}

#define node_key DUK_HIDDEN_SYMBOL("node")

static void push(duk_context *engine, script *self, const script_value *value, int depth) {
  duk_require_stack(engine, 8);
  if (depth > deepest) (void)duk_error(engine, DUK_ERR_RANGE_ERROR, "a value is nested too deeply");
  switch (value->kind) {
    case SCRIPT_NULL: duk_push_null(engine); break;
    case SCRIPT_BOOLEAN: duk_push_boolean(engine, value->number != 0); break;
    case SCRIPT_NUMBER: duk_push_number(engine, value->number); break;
    case SCRIPT_TEXT: duk_push_lstring(engine, self->text, self->length); break;
    case SCRIPT_BYTES: {
      size_t length = self->length;
      memcpy(duk_push_fixed_buffer(engine, length), self->text, length);
      duk_push_buffer_object(engine, -1, 0, length, DUK_BUFOBJ_UINT8ARRAY);
      duk_remove(engine, -2);
      break;
    }
    case SCRIPT_STRUCT:
      duk_push_bare_object(engine);
      duk_push_pointer(engine, (void *)(uintptr_t)value->node);
      duk_put_prop_lstring(engine, -2, node_key, sizeof(node_key) - 1);
      duk_push_global_stash(engine);
      duk_get_prop_string(engine, -1, "handler");
      duk_remove(engine, -2);
      duk_push_proxy(engine, 0);
      break;
    case SCRIPT_ARRAY: {
      uint64_t node = value->node;
      size_t count = value->count;
      duk_push_array(engine);
      for (size_t i = 0; i < count; i++) {
        script_value element = {0};
        self->host.element(self->host.context, self, node, i, &element);
        push(engine, self, &element, depth + 1);
        duk_put_prop_index(engine, -2, (duk_uarridx_t)i);
      }
      break;
    }
    case SCRIPT_MAP: {
      uint64_t node = value->node;
      size_t count = value->count;
      duk_push_object(engine);
      for (size_t i = 0; i < count; i++) {
        for (size_t half = 0; half < 2; half++) {
          script_value element = {0};
          self->host.element(self->host.context, self, node, 2 * i + half, &element);
          push(engine, self, &element, depth + 1);
        }
        duk_put_prop(engine, -3);
      }
      break;
    }
    case SCRIPT_METHOD:
      duk_push_global_stash(engine);
      duk_get_prop_string(engine, -1, "method");
      duk_remove(engine, -2);
      if (value->number != 0) duk_push_null(engine); else duk_push_lstring(engine, self->text, self->length);
      duk_call(engine, 1);
      break;
    default: duk_push_undefined(engine);
  }
}

static uint64_t node_of(duk_context *engine, duk_idx_t target) {
  duk_get_prop_lstring(engine, target, node_key, sizeof(node_key) - 1);
  uint64_t node = (uint64_t)(uintptr_t)duk_get_pointer(engine, -1);
  duk_pop(engine);
  return node;
}

static void member(duk_context *engine, script *self, script_value *result) {
  duk_size_t length = 0;
  result->kind = SCRIPT_UNDEFINED;
  if (duk_is_symbol(engine, 1)) return;
  const char *name = duk_get_lstring(engine, 1, &length);
  if (name) self->host.member(self->host.context, self, node_of(engine, 0), name, length, result);
}

static duk_ret_t trap_get(duk_context *engine) {
  script *self = owner(engine);
  script_value result = {0};
  member(engine, self, &result);
  push(engine, self, &result, 0);
  return 1;
}

static duk_ret_t trap_has(duk_context *engine) {
  script_value result = {0};
  member(engine, owner(engine), &result);
  duk_push_boolean(engine, result.kind != SCRIPT_UNDEFINED);
  return 1;
}

static duk_ret_t trap_names(duk_context *engine) {
  script *self = owner(engine);
  uint64_t node = node_of(engine, 0);
  duk_push_array(engine);
  for (size_t i = 0; i < 65536; i++) {
    script_value result = {0};
    self->host.name(self->host.context, self, node, i, &result);
    if (result.kind != SCRIPT_TEXT) break;
    push(engine, self, &result, 0);
    // The engine lists what the object behind the proxy has as well.
    duk_dup(engine, -1);
    duk_push_undefined(engine);
    duk_put_prop(engine, 0);
    duk_put_prop_index(engine, -2, (duk_uarridx_t)i);
  }
  return 1;
}

static duk_ret_t trap_change(duk_context *engine) {
  return duk_error(engine, DUK_ERR_TYPE_ERROR, "a record cannot be changed here");
}

// MARK: life

// A method is its own text as well, so that `schema.name == 'x'` holds as `schema.name() == 'x'` does.
static const char method_source[] =
  "(function (v) { function method() { return v; } method.valueOf = method.toString = function () { return v; }; return method; })";

static duk_ret_t prepare(duk_context *engine, void *user) {
  (void)user;
  duk_push_global_stash(engine);
  duk_push_bare_object(engine);
  duk_push_c_function(engine, trap_get, 3);
  duk_put_prop_string(engine, -2, "get");
  duk_push_c_function(engine, trap_has, 2);
  duk_put_prop_string(engine, -2, "has");
  duk_push_c_function(engine, trap_names, 1);
  duk_put_prop_string(engine, -2, "ownKeys");
  duk_push_c_function(engine, trap_change, 4);
  duk_dup(engine, -1);
  duk_put_prop_string(engine, -3, "set");
  duk_put_prop_string(engine, -2, "deleteProperty");
  duk_put_prop_string(engine, -2, "handler");
  duk_eval_string(engine, method_source);
  duk_put_prop_string(engine, -2, "method");
  return 0;
}

script *script_create(script_host host, size_t memory, uint32_t steps) {
  script *self = calloc(1, sizeof(script));
  if (!self) return NULL;
  self->host = host;
  self->memory = memory;
  self->limit = self->left = steps;
  self->engine = duk_create_heap(allocate, resize, release, self, NULL);
  if (!self->engine || duk_safe_call(self->engine, prepare, NULL, 0, 1) != DUK_EXEC_SUCCESS) {
    script_destroy(self);
    return NULL;
  }
  duk_pop(self->engine);
  return self;
}

void script_destroy(script *self) {
  if (!self) return;
  if (self->engine) duk_destroy_heap(self->engine);
  free(self->text);
  free(self);
}

// MARK: compiling

typedef struct { const char *bytes; size_t length; int is_expression; } source_text;

static duk_ret_t compile(duk_context *engine, void *user) {
  const source_text *source = user;
  if (source->is_expression) {
    duk_push_string(engine, "(function (key, value, keySchema, valueSchema, topic, header) { return (\n");
    duk_push_lstring(engine, source->bytes, source->length);
    duk_push_string(engine, "\n); })");
    duk_concat(engine, 3);
    duk_push_string(engine, "expression");
    duk_compile(engine, DUK_COMPILE_EVAL);
    duk_call(engine, 0);
    return 1;
  }
  duk_push_lstring(engine, source->bytes, source->length);
  duk_push_string(engine, "expression");
  duk_compile(engine, DUK_COMPILE_EVAL);
  return 1;
}

static int is_part(char c) {
  return c == '_' || c == '$' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int mentions(const char *source, size_t length, const char *name) {
  size_t size = strlen(name);
  for (size_t at = 0; at + size <= length; at++) {
    if (memcmp(source + at, name, size) == 0 && (at == 0 || !is_part(source[at - 1])) && (at + size == length || !is_part(source[at + size])))
      return 1;
  }
  return 0;
}

// The error on the stack as text. Making it may run the expression's own code, or find no memory.
static duk_ret_t tell(duk_context *engine, void *user) {
  (void)user;
  duk_size_t size = 0;
  const char *text = duk_safe_to_lstring(engine, -1, &size);
  keep_text(owner(engine), text, size);
  return 0;
}

int script_compile(script *self, const char *bytes, size_t length) {
  script_value converted = {0};
  if (!script_set_text(self, &converted, SCRIPT_TEXT, bytes, length)) return 1;
  char *copy = malloc(self->length + 1);
  if (!copy) return 1;
  source_text source = {copy, self->length, 1};
  memcpy(copy, self->text, self->length);
  self->left = self->limit;
  self->mentioned = 0;
  for (int i = 0; i < argument_count; i++) self->mentioned |= (unsigned)mentions(copy, source.length, arguments[i]) << i;
  int result = duk_safe_call(self->engine, compile, &source, 0, 1);
  if (result != DUK_EXEC_SUCCESS) {
    duk_pop(self->engine);
    source.is_expression = 0;
    result = duk_safe_call(self->engine, compile, &source, 0, 1);
  }
  self->is_expression = source.is_expression;
  free(copy);
  self->length = 0;
  if (result != DUK_EXEC_SUCCESS) {
    self->left = self->limit;
    if (duk_safe_call(self->engine, tell, NULL, 1, 1) != DUK_EXEC_SUCCESS || self->length == 0) {
      keep_text(self, "it cannot be compiled within its bounds", 39);
    }
    duk_pop(self->engine);
    return 1;
  }
  return 0;   // the function stays at the bottom of the stack
}

// MARK: running

static duk_ret_t run(duk_context *engine, void *user) {
  script *self = owner(engine);
  script_value *result = user;
  duk_dup(engine, 0);
  for (int i = 0; i < argument_count; i++) {
    script_value value = {0};
    if (self->mentioned >> i & 1) self->host.argument(self->host.context, self, i, &value);
    else if (!self->is_expression) continue;
    push(engine, self, &value, 0);
    if (!self->is_expression) duk_put_global_string(engine, arguments[i]);
  }
  duk_call(engine, self->is_expression ? argument_count : 0);
  switch (duk_get_type(engine, -1)) {
    case DUK_TYPE_UNDEFINED: result->kind = SCRIPT_UNDEFINED; break;
    case DUK_TYPE_NULL: result->kind = SCRIPT_NULL; break;
    case DUK_TYPE_BOOLEAN:
      result->kind = SCRIPT_BOOLEAN;
      result->number = duk_get_boolean(engine, -1);
      break;
    case DUK_TYPE_NUMBER:
      result->kind = SCRIPT_NUMBER;
      result->number = duk_get_number(engine, -1);
      break;
    case DUK_TYPE_STRING: {
      duk_size_t length = 0;
      const char *text = duk_get_lstring(engine, -1, &length);
      keep_text(self, text, length);
      result->kind = SCRIPT_TEXT;
      break;
    }
    default: result->kind = SCRIPT_OTHER;
  }
  return 0;
}

// Name and line of an error; its message only where the engine made it of the expression's own words.
static duk_ret_t explain(duk_context *engine, void *user) {
  (void)user;
  script *self = owner(engine);
  keep_text(self, "an exception", 12);
  if (!duk_is_error(engine, -1)) return 0;
  duk_size_t length = 0;
  duk_get_prop_string(engine, -1, "message");
  const char *message = duk_get_lstring(engine, -1, &length);
  static const char *const ends[] = {" of null", " of undefined", "a record cannot be changed here", " not defined", " undefined"};
  for (size_t i = 0; message && i < sizeof(ends) / sizeof(ends[0]); i++) {
    size_t size = strlen(ends[i]);
    if (length >= size && length < 200 && memcmp(message + length - size, ends[i], size) == 0 && !strchr(message, '"')) {
      keep_text(self, message, length);
      return 0;
    }
  }
  duk_get_prop_string(engine, -2, "name");
  const char *name = duk_get_lstring(engine, -1, &length);
  if (name) keep_text(self, name, length);
  return 0;
}

int script_run(script *self, script_value *result) {
  self->left = self->limit;
  self->is_out = self->is_full = 0;
  self->length = 0;
  int status = duk_safe_call(self->engine, run, result, 0, 1);
  if (status == DUK_EXEC_SUCCESS) {
    duk_pop(self->engine);
    return SCRIPT_DONE;
  }
  self->left = self->limit;
  int outcome = self->is_out ? SCRIPT_TOO_LONG : self->is_full ? SCRIPT_TOO_LARGE : SCRIPT_FAILED;
  duk_safe_call(self->engine, explain, NULL, 1, 1);
  duk_pop(self->engine);
  duk_gc(self->engine, 0);
  return outcome;
}
