// How a sender's way of signing is written in a manifest: the members of `access.hmac`, and those of `verify` of a
// webhook with the scheme hmac.
//
// Thread: any; functions on values.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>

#include "loader/config_schema.h"
#include "loader/signature_scheme.h"

namespace sojourn {

// header, prefix, separator, encoding, algorithm, key, timestamp, timestampPrefix, tolerance, id, signed.
std::span<const SchemaKey<SignatureScheme>> signature_keys();

// Complains when a time or an id is checked that is not signed, so that anybody could replace it; or the other way
// about.
void check_signature(const Place& place, const Node& node, const SignatureScheme& scheme);

}  // namespace sojourn
