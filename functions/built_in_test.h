// The stage on which the tests of this folder call a decorator: its START runs with a configuration first, as it does
// in a sandbox.
//
// Thread: one.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include <sojourn/function.h>
#include <sojourn/testing.h>

extern "C" const sj_module sojourn_module;

namespace built_in {

class Stage {
 public:
  explicit Stage(std::string_view with) {
    context.facts[SJ_WITH] = std::string(with);
    start_code = sojourn_module.start(&sojourn::test::Host::table(), context.handle());
  }

  template <class Decorator>
  sojourn::Response call(Decorator decorator, const sojourn::Request& request) {
    return sojourn::test::call(decorator, request, context);
  }

  sojourn::test::Context context;
  int start_code = 0;
};

}  // namespace built_in
