// What the server makes of requests, byte by byte: the table that the tests hold the server to, and the seeds from
// which the fuzzers start.
//
// Thread: any; values.
#pragma once

#include <string>
#include <vector>

namespace sojourn::http_test {

struct RequestCase {
  enum class Then { kGoesOn, kCloses };

  std::string name;
  std::string bytes;
  std::string verdict;  // `STATUS body` or `STATUS code` of the replies, joined by `; `
  Then then;            // whether a good request behind these bytes is answered as well
};
using RequestCases = std::vector<RequestCase>;

RequestCases request_line_cases();
RequestCases method_cases();
RequestCases field_cases();
RequestCases host_cases();
RequestCases target_cases();
RequestCases content_length_cases();
RequestCases transfer_encoding_cases();
RequestCases chunk_cases();
RequestCases trailer_cases();
RequestCases connection_cases();
RequestCases size_cases();
RequestCases expectation_cases();

// All of them.
RequestCases all_request_cases();

}  // namespace sojourn::http_test
