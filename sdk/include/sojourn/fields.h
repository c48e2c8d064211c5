// Fields is a list of header fields in order, repeated names and all, in the very form the ABI wants, so that
// handing it to the host costs nothing. It either borrows the host's list or owns its own; a copy always owns.
//
// Names      are kept in lower case and found in any case.
// Cost       borrowing allocates nothing, nor does a literal field; the first kept field costs one block.
// Lifetime   a borrowed list is valid as long as what it was borrowed from. A view of an owned one lives until
//            the Fields goes, also when the field it shows was replaced.
// Thread     a value; one thread at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sojourn/abi.h>
#include <sojourn/byte_keep.h>
#include <sojourn/bytes.h>

namespace sojourn {
inline namespace v1 {

// One header field, as headers() lists them.
struct Header {
  std::string_view name;  // in lower case
  std::string_view value;
};

namespace detail {

// `name` may be in any case, `lower` is in lower case already.
inline bool same_name(std::string_view name, std::string_view lower) noexcept {
  return std::equal(name.begin(), name.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b; });
}

class Fields {
 public:
  Fields() noexcept = default;
  explicit Fields(sj_fields borrowed) noexcept : items_(borrowed.items), count_(borrowed.count) {}
  Fields(const Fields& other) { copy(other.view()); }
  Fields(Fields&& other) noexcept { steal(other); }
  Fields& operator=(const Fields& other) {
    if (this != &other) *this = Fields(other);
    return *this;
  }
  Fields& operator=(Fields&& other) noexcept {
    if (this != &other) steal(other);
    return *this;
  }
  ~Fields() = default;

  // An owned copy of the host's list.
  static Fields copy_of(sj_fields list) { return Fields(static_cast<const Fields&>(Fields(list))); }

  // Replaces every field of that name by one.
  void set(std::string_view name, std::string_view value) {
    const sj_field field{to_bytes(keep_.keep_lower(name)), to_bytes(keep_.keep(value))};
    drop(to_view(field.name));
    append(field);
  }
  // Adds one more field, whatever the list holds.
  void add(std::string_view name, std::string_view value) {
    append({to_bytes(keep_.keep_lower(name)), to_bytes(keep_.keep(value))});
  }
  // As add, without copying. REQUIRES: both are string literals, the name in lower case.
  void add_literal(std::string_view name, std::string_view value) { append({to_bytes(name), to_bytes(value)}); }
  void drop(std::string_view name) {
    if (find(name) == nullptr) return;
    sj_field* mine = writable(count_);
    const auto left = std::remove_if(mine, mine + count_, [name](const sj_field& field) { return is(field, name); });
    count_ = static_cast<std::size_t>(left - mine);
  }

  // The first field of that name, or null.
  const sj_field* find(std::string_view name) const noexcept {
    const sj_field* end = items_ + count_;
    const sj_field* found = std::find_if(items_, end, [name](const sj_field& field) { return is(field, name); });
    return found == end ? nullptr : found;
  }
  // Every value of that name as one text: joined by ", ", and by "; " for cookies.
  std::optional<std::string> joined(std::string_view name) const {
    const sj_field* first = find(name);
    if (first == nullptr) return std::nullopt;
    std::string text(to_view(first->value));
    const std::string_view between = same_name(name, "cookie") ? "; " : ", ";
    for (const sj_field* field = first + 1; field != items_ + count_; ++field) {
      if (is(*field, name)) text.append(between).append(to_view(field->value));
    }
    return text;
  }
  std::vector<std::string> all(std::string_view name) const {
    std::vector<std::string> values;
    for (std::size_t i = 0; i < count_; ++i) {
      if (is(items_[i], name)) values.emplace_back(to_view(items_[i].value));
    }
    return values;
  }
  std::vector<Header> list() const {
    std::vector<Header> headers;
    headers.reserve(count_);
    for (std::size_t i = 0; i < count_; ++i) headers.push_back({to_view(items_[i].name), to_view(items_[i].value)});
    return headers;
  }

  sj_fields view() const noexcept { return {items_, count_}; }

 private:
  static constexpr std::size_t kInline = 4;  // what a plain reply carries without an allocation

  static bool is(const sj_field& field, std::string_view name) noexcept { return same_name(name, to_view(field.name)); }

  void append(sj_field field) {
    writable(count_ + 1)[count_] = field;
    ++count_;
  }

  // The items as one's own array with room for `room`. The bytes they show stay where they are.
  sj_field* writable(std::size_t room) {
    if (room <= capacity_) return heap_ ? heap_.get() : inline_;
    if (room <= kInline) {
      std::copy_n(items_, count_, inline_);
      items_ = inline_;
      capacity_ = kInline;
      return inline_;
    }
    const std::size_t capacity = std::max(room, 2 * count_);
    auto larger = std::make_unique_for_overwrite<sj_field[]>(capacity);
    std::copy_n(items_, count_, larger.get());
    heap_ = std::move(larger);
    items_ = heap_.get();
    capacity_ = capacity;
    return heap_.get();
  }

  void copy(sj_fields list) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < list.count; ++i) size += list.items[i].name.size + list.items[i].value.size;
    if (size != 0) keep_.reserve(size);
    sj_field* mine = writable(list.count);
    for (std::size_t i = 0; i < list.count; ++i) {
      mine[i] = {to_bytes(keep_.keep(to_view(list.items[i].name))), to_bytes(keep_.keep(to_view(list.items[i].value)))};
    }
    count_ = list.count;
  }

  void steal(Fields& other) noexcept {
    keep_ = std::move(other.keep_);
    heap_ = std::move(other.heap_);
    const bool inside = other.items_ == other.inline_;
    if (inside) std::copy_n(other.inline_, other.count_, inline_);
    items_ = inside ? inline_ : other.items_;
    count_ = std::exchange(other.count_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    other.items_ = nullptr;
  }

  const sj_field* items_ = nullptr;  // the host's, heap_'s or inline_
  std::size_t count_ = 0;
  std::size_t capacity_ = 0;  // of heap_ or inline_; 0 while items_ is borrowed
  std::unique_ptr<sj_field[]> heap_;
  sj_field inline_[kInline];
  ByteKeep keep_;
};

}  // namespace detail
}  // namespace v1
}  // namespace sojourn
