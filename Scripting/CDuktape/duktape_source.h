// Duktape as one file, with its switch for a budget of steps on. Warnings of its own are not ours.
#pragma clang system_header
#if !__has_include("/usr/share/duktape/duktape.c")
#error "Duktape's source is missing: apt-get install duktape-dev"
#endif
#define DUK_COMPILING_DUKTAPE
#include "/usr/share/duktape/duk_config.h"
#undef DUK_USE_INTERRUPT_COUNTER
#define DUK_USE_INTERRUPT_COUNTER
#undef DUK_USE_EXEC_TIMEOUT_CHECK
#define DUK_USE_EXEC_TIMEOUT_CHECK(udata) script_is_out_of_steps(udata)
static int script_is_out_of_steps(void *);
// A match may take ten million steps, too: the engine's own bound is 1e9, counted from here. This stands where it begins a match.
#undef DUK_USE_REGEXP_EXECUTOR_RECLIMIT
#define DUK_USE_REGEXP_EXECUTOR_RECLIMIT 10000; re_ctx.steps_count = DUK_RE_EXECUTE_STEPS_LIMIT - 10000000L
#include "/usr/share/duktape/duktape.c"
