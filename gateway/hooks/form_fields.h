// The fields of a form, as HTML sends them: `a=1&text=two+words` (application/x-www-form-urlencoded, URL Standard).
//
// Thread: any; a pure function.
// Errors: kBadRequest: a % without two hexadecimal digits, bytes that are no UTF-8, a name twice, more than
// kFormFieldsMax.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/header_field.h"
#include "runtime/base/result.h"

namespace sojourn {

inline constexpr std::size_t kFormFieldsMax = 256;

using FormFields = std::map<std::string, std::string, std::less<>>;

Result<FormFields> read_form(std::string_view body);

// Whether the Content-Type says that the body is one.
bool is_form(std::span<const HeaderField> headers);

}  // namespace sojourn
