// Names of functions, manifests and entries, and the word that a mistyped one was probably meant to be.
//
// A name is a lower-case letter, then letters, digits and dashes, not ending in a dash, 63 at most: it fits a DNS
// label and a path component unescaped. A dot is kept free for namespaces, and what looks like a UUID is no name,
// so that a call id is never taken for a function.
//
// Thread: any; pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace sojourn {

inline constexpr std::size_t kNameLengthMax = 63;  // bytes

bool is_name(std::string_view text);

// Ok, or kRefused with the rule that `text` breaks; `what` says whose name it is ("function").
Status check_name(std::string_view what, std::string_view text);

// The name that an ELF note's identifier stands for: '_' is read as '-'. Not checked.
std::string name_from_identifier(std::string_view identifier);

// The candidate with the fewest edits from `word`, or empty when none is within a third of its length.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

// ", did you mean `x`?" for the nearest candidate, or empty.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace sojourn
