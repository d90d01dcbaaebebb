// Calls the library as Swift does: by the header in the Swift package.
#include "EgresscFFI.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

// Bytes travel with their length in front, in network order.
static const uint8_t request[] = {0, 0, 0, 2, '{', '}'};

int main(void) {
  RustCallStatus status = {0};
  ForeignBytes bytes = {.len = sizeof request, .data = request};
  RustBuffer argument = ffi_egressc_uniffi_rustbuffer_from_bytes(bytes, &status);
  RustBuffer answer = uniffi_egressc_uniffi_fn_func_about(argument, &status);
  if (status.code != 0) return 1;
  printf("Swift's header: %.*s\n", (int)answer.len, (const char *)answer.data);
  int wrong = strncmp((const char *)answer.data, "{\"name\":\"egressc\"", 17) != 0;
  ffi_egressc_uniffi_rustbuffer_free(answer, &status);
  return wrong;
}
