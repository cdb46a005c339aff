/* The floor of `run mongodb`: goes through documents with libmongoc's own cursor and does nothing with them.
     drain URI DATABASE COLLECTION COUNT           the documents of a collection
     drain URI DATABASE COLLECTION COUNT TIME      the events of a change stream from a BSON timestamp on, updates looked up
   cc -O2 drain.c $(pkg-config --cflags --libs libmongoc-1.0) */
#include <mongoc/mongoc.h>
#include <stdio.h>
#include <stdlib.h>

static int fail(const char *what, const bson_error_t *error) {
  fprintf(stderr, "%s: %s\n", what, error->message);
  return 1;
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  mongoc_init();
  bson_error_t error = {0};
  mongoc_client_t *client = mongoc_client_new(argv[1]);
  if (!client) return 2;
  mongoc_collection_t *collection = mongoc_client_get_collection(client, argv[2], argv[3]);
  long wanted = atol(argv[4]), count = 0;
  size_t bytes = 0;
  const bson_t *document;
  if (argc > 5) {
    unsigned long long time = strtoull(argv[5], NULL, 10);
    bson_t *options = bson_new(), *pipeline = bson_new();
    bson_append_timestamp(options, "startAtOperationTime", -1, (uint32_t) (time >> 32), (uint32_t) time);
    bson_append_utf8(options, "fullDocument", -1, "updateLookup", -1);
    mongoc_change_stream_t *stream = mongoc_collection_watch(collection, pipeline, options);
    while (count < wanted) {
      if (mongoc_change_stream_next(stream, &document)) {
        count++;
        bytes += document->len;
      } else if (mongoc_change_stream_error_document(stream, &error, NULL)) {
        return fail("stream", &error);
      }
    }
    mongoc_change_stream_destroy(stream);
    bson_destroy(options);
    bson_destroy(pipeline);
  } else {
    bson_t *filter = bson_new();
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(collection, filter, NULL, NULL);
    while (mongoc_cursor_next(cursor, &document)) {
      count++;
      bytes += document->len;
    }
    if (mongoc_cursor_error(cursor, &error)) return fail("cursor", &error);
    mongoc_cursor_destroy(cursor);
    bson_destroy(filter);
  }
  printf("%ld documents, %zu bytes\n", count, bytes);
  mongoc_collection_destroy(collection);
  mongoc_client_destroy(client);
  mongoc_cleanup();
  return count < wanted;
}
