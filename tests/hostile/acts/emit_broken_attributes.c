#include "act.h"
// Attributes that no CloudEvent has: how many of them were not taken for wrong.
ACT(emit_broken_attributes) {
  static char long_name[5000];
  memset(long_name, 'a', sizeof long_name);
  const sj_field wrong[] = {
      {{"type", 4}, {"", 0}},
      {{"TYPE", 4}, {"t", 1}},
      {{"type", 4}, {"t\r\nce-source: x", 15}},
      {{"type", 4}, {"t\0", 2}},
      {{"type", 4}, {"\xff\xfe", 2}},
      {{"ce-type", 7}, {"t", 1}},
      {{long_name, sizeof long_name}, {"t", 1}},
      {{"", 0}, {"t", 1}},
  };
  const sj_bytes nothing = {NULL, 0};
  const sj_fields none = {NULL, 0};
  int taken = act_host->emit(call, none, nothing) == SJ_EINVAL ? 0 : 1;
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
    const sj_fields attributes = {&wrong[i], 1};
    if (act_host->emit(call, attributes, nothing) != SJ_EINVAL) ++taken;
  }
  // More of them than fit into a frame.
  static sj_field many[20000];
  for (size_t i = 0; i < 20000; ++i) many[i] = (sj_field){{"type", 4}, {"0123456789", 10}};
  const sj_fields too_many = {many, 20000};
  if (act_host->emit(call, too_many, nothing) == SJ_OK) ++taken;
  say(call, "%d", taken);
}
