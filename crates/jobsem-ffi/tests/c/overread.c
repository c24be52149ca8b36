/*
 * Tells the library of one byte more than the text has: it has to be noticed where the Rust side
 * is under AddressSanitizer (`cargo xtask c asan`), which shows that it is.
 */
#include <stdlib.h>
#include <string.h>
#include "jobsem.h"
int main(void) {
  char *text = (char *)malloc(9);
  memcpy(text, "* * * * *", 9);
  jobsem_cron *cron = NULL;
  return (int)jobsem_cron_new(text, 10, NULL, 0, &cron, NULL);
}
