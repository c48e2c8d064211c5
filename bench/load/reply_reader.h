// A ReplyReader gathers the bytes of HTTP/1.1 replies from a keep-alive connection and says when one is whole.
// It knows as much of HTTP as a benchmark needs: a status line, and a body of Content-Length bytes. A reply framed in
// any other way is an error here, since what is measured would not be comparable.
//
// Thread: a value; not shared.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace bench {

struct Reply {
  int status = 0;
  std::string_view head;  // with its closing empty line
  std::string_view body;
};

class ReplyReader {
 public:
  // Where to put the next bytes; there is always room for at least 64 KiB.
  std::span<char> room();
  void added(std::size_t bytes) { filled_ += bytes; }

  // The first reply when it is whole. Its views live until next().
  std::optional<Reply> whole();
  // Drops that reply; what came after it stays.
  void next();
  // The bytes are no reply that this reader understands.
  bool broken() const { return broken_; }

 private:
  bool read_head();

  std::vector<char> buffer_;
  std::size_t filled_ = 0;
  std::size_t head_size_ = 0;  // 0: not seen whole yet
  std::size_t body_size_ = 0;
  int status_ = 0;
  bool broken_ = false;
};

}  // namespace bench
