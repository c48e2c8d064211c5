// A KeptRequest is a request that outlives the views it was made of: to be sent again, or later.
//
// Thread: a value; its views are its own.
#pragma once

#include <string>
#include <vector>

#include "runtime/call/caller.h"

namespace sojourn {

class KeptRequest {
 public:
  explicit KeptRequest(const RequestView& request);
  KeptRequest(const KeptRequest&) = delete;
  KeptRequest& operator=(const KeptRequest&) = delete;

  const RequestView& view() const { return view_; }

 private:
  std::string_view keep(std::string_view text);

  std::string bytes_;  // reserved whole, never moved
  std::vector<HeaderField> headers_;
  RequestView view_;
};

}  // namespace sojourn
