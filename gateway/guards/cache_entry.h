// A CacheEntry is one stored reply, or the note that a reply was not to be stored. Immutable; the body is shared with
// the entry that it becomes when the function says that it is still the same.
//
// Thread: any.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gateway/guards/cache_control.h"
#include "runtime/base/clock.h"
#include "runtime/call/caller.h"

namespace sojourn {

class CacheEntry;
using CacheEntryPtr = std::shared_ptr<const CacheEntry>;

// How long and for whom a stored reply may be used.
struct CacheTerms {
  std::chrono::seconds lifetime{0};  // fresh until this age
  std::chrono::seconds age{0};       // when it was stored
  std::chrono::seconds stale_while_revalidate{0};
  std::chrono::seconds stale_if_error{0};
  bool always_revalidate = false;  // no-cache
  bool never_stale = false;        // must-revalidate and the like
};

class CacheEntry {
 public:
  // A reply to this request; everything is copied. `body` in place of the reply's when it is known already.
  static CacheEntryPtr make(const RequestView& request, const ReplyView& reply, const CacheTerms& terms,
                            MonotonicTime now, std::shared_ptr<const std::string> body = {});
  // The note that what this request gets is not to be stored: for a moment, requests like it need not wait for another.
  static CacheEntryPtr make_note(MonotonicTime now);
  static constexpr std::chrono::seconds kNoteLifetime{10};

  // What it becomes by a 304: the fields that came with that take the place of those of the same name.
  std::vector<HeaderField> headers_confirmed_by(const ReplyView& reply) const;

  bool is_note() const { return body_ == nullptr; }
  int status() const { return status_; }
  std::span<const HeaderField> headers() const { return headers_; }
  const std::string& body() const { return *body_; }
  std::shared_ptr<const std::string> shared_body() const { return body_; }
  const CacheTerms& terms() const { return terms_; }
  std::string_view entity_tag() const { return field_of(headers_, "etag"); }
  std::string_view last_modified() const { return field_of(headers_, "last-modified"); }
  bool has_validator() const { return !entity_tag().empty() || !last_modified().empty(); }

  std::chrono::seconds age(MonotonicTime now) const;
  bool is_fresh(MonotonicTime now) const { return age(now) < terms_.lifetime; }
  std::chrono::seconds staleness(MonotonicTime now) const { return age(now) - terms_.lifetime; }

  // Whether the request's fields that Vary named are those it was stored for.
  bool suits(const RequestView& request) const;
  std::size_t cost() const { return cost_; }  // bytes

 private:
  CacheEntry() = default;
  void copy(std::span<const HeaderField> fields);
  void note_variant(const RequestView& request);

  int status_ = 0;
  std::string text_;  // the fields' bytes, reserved whole
  std::vector<HeaderField> headers_;
  std::shared_ptr<const std::string> body_;
  std::vector<std::pair<std::string, std::string>> variant_;  // a field that Vary names, and its value in the request
  CacheTerms terms_;
  MonotonicTime stored_{};
  std::size_t cost_ = 0;
};

// All values of that field, as one (RFC 9110, 5.3).
std::string whole_field(std::span<const HeaderField> headers, std::string_view name);

}  // namespace sojourn
