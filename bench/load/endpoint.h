// Connects to the server under test, on the loopback address only.
#pragma once

#include <string>

#include "runtime/base/unique_fd.h"

namespace bench {

// A connected TCP socket without Nagle's delay; the program ends when there is no such server.
// `address` is 127.0.0.1:PORT.
sojourn::UniqueFd connect_to(const std::string& address);

// The bytes of a request; `fields` is empty or lines that end with CRLF.
std::string request_bytes(const std::string& address, const std::string& method, const std::string& path,
                          const std::string& fields, const std::string& body);

}  // namespace bench
