#pragma once

/* libmongoc keeps its counters in a shared memory file, which it makes when it is loaded and removes when the program ends: a program that
   is killed would leave it in /dev/shm. This takes the name away, while the memory stays. It is done when the program is loaded, too. */
void millrace_hide_mongo_counters(void);
