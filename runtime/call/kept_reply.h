// A KeptReply is a reply that outlives the views it was made of.
//
// Thread: a value; its view is valid until the next keep(), and ends with drop().
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "runtime/call/caller.h"

namespace sojourn {

class KeptReply {
 public:
  void keep(const ReplyView& reply) {
    sizes_.clear();
    bytes_.clear();
    reply_ = reply;
    for (const HeaderField& field : reply.headers) {
      add(field.name);
      add(field.value);
    }
    bytes_ += reply.body;
    std::string_view rest = bytes_;
    const auto next = [&](std::size_t size) {
      const std::string_view part = rest.substr(0, size);
      rest.remove_prefix(size);
      return part;
    };
    fields_.clear();
    for (std::size_t i = 0; i + 1 < sizes_.size(); i += 2) {
      const std::string_view name = next(sizes_[i]);
      fields_.push_back({name, next(sizes_[i + 1])});
    }
    reply_.headers = fields_;
    reply_.body = rest;
  }
  const ReplyView& view() const { return reply_; }

  // Gives the memory of a long reply back.
  void drop() {
    reply_ = {};
    fields_.clear();
    if (bytes_.capacity() > kKeptMax) std::string().swap(bytes_);
  }

 private:
  static constexpr std::size_t kKeptMax = 16 * 1024;  // bytes

  void add(std::string_view part) {
    bytes_ += part;
    sizes_.push_back(part.size());
  }

  ReplyView reply_;
  std::string bytes_;  // names, values and the body, one after the other
  std::vector<std::size_t> sizes_;
  std::vector<HeaderField> fields_;
};

}  // namespace sojourn
