/*
 * The conformance vectors through the C ABI: `vectors replay --kube V -` reads one scenario a line
 * and writes one line of results for each, as `jobsem replay` does. `cargo xtask c vectors` runs it
 * and compares.
 *
 * Scenarios with an admission mode or a schedule go through jobsem_simulate like the others: it is
 * one entry to the whole core. The calls for one question each (jobsem_validate_create,
 * jobsem_cron_next and so on) are not compared with vectors in C: abi.c has a few cases of each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobsem.h"

static char *line;
static size_t capacity;

/* Reads a line, without its end; -1 after the last. */
static long read_line(FILE *in) {
  size_t len = 0;
  int c;
  while ((c = fgetc(in)) != EOF && c != '\n') {
    if (len + 2 > capacity) {
      capacity = capacity ? capacity * 2 : 65536;
      line = (char *)realloc(line, capacity);
      if (!line) abort();
    }
    line[len++] = (char)c;
  }
  return c == EOF && len == 0 ? -1 : (long)len;
}

/* A JSON string. */
static void put_string(const char *text) {
  putchar('"');
  for (; *text; text++) {
    unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\') printf("\\%c", c);
    else if (c < 0x20) printf("\\u%04x", c);
    else putchar(c);
  }
  putchar('"');
}

int main(int argc, char **argv) {
  int minor = 0, crashed = 0;
  long len;
  for (int i = 1; i + 1 < argc; i++)
    if (!strcmp(argv[i], "--kube")) minor = atoi(argv[i + 1] + 2);
  jobsem_options options = JOBSEM_OPTIONS_INIT(minor);
  while ((len = read_line(stdin)) >= 0) {
    jobsem_buf *result = NULL;
    jobsem_error *error = NULL;
    if (len == 0) continue;
    jobsem_status status = jobsem_simulate(&options, line, (size_t)len, &result, NULL, &error);
    if (status == JOBSEM_OK) {
      fwrite(jobsem_buf_data(result), 1, jobsem_buf_len(result), stdout);
    } else {
      crashed = 1;
      fputs("{\"crash\":", stdout);
      put_string(jobsem_error_message(error));
      putchar('}');
    }
    putchar('\n');
    fflush(stdout);
    if (jobsem_buf_free(result) || jobsem_error_free(error)) return 2;
  }
  free(line);
  return crashed;
}
