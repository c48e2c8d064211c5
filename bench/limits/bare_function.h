// A BareFunction is a function loaded with nothing around it: dlopen, the entry's symbol, and a host whose only working
// service is to take the reply. The limit programs call the very objects that the product serves.
//
// Thread: one.
#pragma once

#include <string>

#include <sojourn/abi.h>

namespace bench {

class BareFunction {
 public:
  // Ends the program when the object cannot be loaded or has no such entry. REQUIRES: `object` holds a '/'.
  BareFunction(const std::string& object, const std::string& symbol);

  // The body of its reply to `GET /`; lives until the next call.
  const std::string& call();

 private:
  const sj_entry* entry_ = nullptr;
  std::string body_;
};

}  // namespace bench
