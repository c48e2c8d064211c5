// A CacheStore keeps entries by key, and under one key those for different values of the fields that Vary names. When
// the bytes are over the bound, what was asked for the longest time ago goes.
//
// Thread: any; eight parts, each with a lock that is held for a look-up and never while bytes are copied.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/guards/cache_entry.h"
#include "runtime/base/keyed_hash.h"

namespace sojourn {

class CacheStore {
 public:
  static constexpr std::size_t kParts = 8;
  static constexpr std::size_t kVariantsMax = 16;  // of one key; the oldest goes first

  explicit CacheStore(std::uint64_t bytes_max) : part_max_(bytes_max / kParts), hash_(KeyedHash::random()) {}

  // The entry that suits the request, or null. A note only where there is no entry.
  CacheEntryPtr find(std::string_view key, const RequestView& request);
  // In the place of the one that suits the request. What costs more than a part's share is not kept; a note never takes
  // the place of an entry.
  void put(std::string_view key, const RequestView& request, CacheEntryPtr entry);
  void remove(std::string_view key);

  std::uint64_t bytes() const;

 private:
  struct Shelf {
    std::string key;
    std::vector<CacheEntryPtr> variants;
    std::size_t cost = 0;  // bytes
  };
  using Shelves = std::list<Shelf>;  // the one asked for last in front
  struct alignas(64) Part {
    mutable std::mutex mutex;
    Shelves shelves;
    std::unordered_map<std::string_view, Shelves::iterator> by_key;
    std::uint64_t bytes = 0;
  };

  Part& part_of(std::string_view key) { return parts_[hash_(key) % kParts]; }
  static void drop(Part& part, Shelves::iterator shelf);
  static Shelf& shelf_for(Part& part, std::string_view key);
  void count_again(Part& part, Shelf& shelf);

  const std::uint64_t part_max_;
  const KeyedHash hash_;
  std::array<Part, kParts> parts_;
};

}  // namespace sojourn
