// Which header fields pass between a client and a function. Neither side may speak for the connection in between, a
// function may not take over the platform's origin or its voice, and a token of this server is not a function's to see.
//
// Thread: any; pure functions. Names are lower-case, as in HeaderField.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/base/header_field.h"

namespace sojourn {

// Whether a function sees this field of a request. Not asked of `authorization`.
bool reaches_function(std::string_view name);

// Whether a client sees this field of a function's reply.
bool reaches_client(std::string_view name);

// Whether the comma-separated list `tokens` (a Connection header) names the field; case does not matter.
bool names_field(std::string_view tokens, std::string_view name);

// Names of fields that carry a credential for the gateway, which is not the function's to see; empty ones are none.
using Withheld = std::array<std::string_view, 2>;

// Puts the fields that the function shall see into `passed`, whose storage is used again.
void pass_to_function(std::span<const HeaderField> headers, const Withheld& withheld, std::vector<HeaderField>& passed);

// The same for a reply; fields are appended.
void pass_to_client(std::span<const HeaderField> headers, std::vector<HeaderField>& passed);

}  // namespace sojourn
