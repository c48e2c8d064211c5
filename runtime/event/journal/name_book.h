// A NameBook holds the newest names of duplicates, before they stand in their table. A name is a digest, and so at
// home anywhere in the table: written one by one, each would change a page of its own. The book gathers a generation of
// them while the one before it is written in order, slice by slice, many names to a page.
//
//   add -> fresh -> (kGeneration of them) -> sorted -> slices, as fresh ones come -> the table
//
// Until then a name stands in the row of its event, from where the book is filled when the file is opened. What a batch
// has changed goes with the batch.
//
// Thread: one, the engine's.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/event/journal/records.h"

namespace sojourn {

using NameDigest = std::array<unsigned char, 16>;

class NameBook {
 public:
  struct Entry {
    std::int64_t event = 0;
    EpochMs until = 0;
  };
  using Named = std::pair<NameDigest, Entry>;

  void add(const NameDigest& name, Entry entry);
  const Entry* find(const NameDigest& name) const;

  // What is to be written with the present batch, in the table's order.
  std::span<const Named> next_slice();
  // The event up to which every name is in the table once the slices so far are; nothing while more are to come.
  std::optional<std::int64_t> finished() const;

  // `last_event` is the newest that there is.
  void commit(std::int64_t last_event);
  void rollback();

  static constexpr std::size_t kGeneration = 65536;  // names
  static constexpr std::size_t kSlice = 512;         // names at once, for each half as many fresh ones

 private:
  struct FirstBytes {
    std::size_t operator()(const NameDigest& name) const {
      std::size_t first = 0;
      std::memcpy(&first, name.data(), sizeof first);
      return first;
    }
  };

  std::unordered_map<NameDigest, Entry, FirstBytes> fresh_;
  std::vector<std::pair<NameDigest, std::optional<Entry>>> before_;  // the present batch's changes of them
  std::vector<Named> sorted_;
  std::size_t written_ = 0;    // of sorted_, the present batch's slices too
  std::size_t committed_ = 0;  // of those
  std::int64_t last_event_ = 0;
};

}  // namespace sojourn
