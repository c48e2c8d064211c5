// Arguments reads `--name value` pairs, the only form the benchmark's programs take: they are started by bench/run.
//
// Errors: an argument that no call asked for, or a missing value, ends the program by finish().
#pragma once

#include <cstdlib>
#include <map>
#include <string>

#include "bench/measure/fail.h"

namespace bench {

class Arguments {
 public:
  Arguments(int count, char** values) {
    for (int i = 1; i < count; i += 2) {
      if (std::string(values[i]).rfind("--", 0) != 0 || i + 1 == count) {
        fail((std::string("expected --name value, found ") + values[i]).c_str());
      }
      given_[values[i] + 2] = values[i + 1];
    }
  }

  std::string text(const std::string& name, const std::string& otherwise = "") {
    const auto found = given_.find(name);
    if (found == given_.end()) return otherwise;
    std::string value = found->second;
    given_.erase(found);
    return value;
  }
  std::string required(const std::string& name) {
    if (!given_.contains(name)) fail(("--" + name + " is missing").c_str());
    return text(name);
  }
  long number(const std::string& name, long otherwise) {
    return std::strtol(text(name, std::to_string(otherwise)).c_str(), nullptr, 10);
  }
  double real(const std::string& name, double otherwise) {
    return std::strtod(text(name, std::to_string(otherwise)).c_str(), nullptr);
  }

  // REQUIRES: every known argument was asked for.
  void finish() const {
    if (!given_.empty()) fail(("unknown argument --" + given_.begin()->first).c_str());
  }

 private:
  std::map<std::string, std::string> given_;
};

}  // namespace bench
