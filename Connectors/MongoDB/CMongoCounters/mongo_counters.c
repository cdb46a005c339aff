#include "mongo_counters.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* Runs behind the constructors of the libraries, of which libmongoc's makes the file. */
__attribute__((constructor)) void millrace_hide_mongo_counters(void) {
  char name[32];
  snprintf(name, sizeof name, "/mongoc-%u", (unsigned)getpid());
  shm_unlink(name);
}
