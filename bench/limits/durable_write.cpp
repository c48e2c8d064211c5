// limit-durable-write: what making one file durable costs on the disk of the data directory: an fsync of the written
// file, and one of the directory after it got its name. Prints both.
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include "bench/measure/arguments.h"
#include "bench/measure/fail.h"
#include "bench/measure/samples.h"
#include "runtime/base/unique_fd.h"

int main(int count, char** values) {
  using namespace bench;
  Arguments arguments(count, values);
  const std::string directory = arguments.required("directory");
  const std::string content(static_cast<std::size_t>(arguments.number("size", 16 << 10)), 'x');
  const long rounds = arguments.number("count", 50);
  arguments.finish();

  const sojourn::UniqueFd folder(
      must(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), directory.c_str()));
  Samples file_sync;
  Samples name_sync;
  for (long i = 0; i < rounds; ++i) {
    const sojourn::UniqueFd file(
        must(::openat(folder.get(), "durable.part", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), "durable.part"));
    must(::write(file.get(), content.data(), content.size()), "write");
    const Nanoseconds written = now_ns();
    must(::fsync(file.get()), "fsync");
    file_sync.add(now_ns() - written);
    must(::renameat(folder.get(), "durable.part", folder.get(), "durable"), "rename");
    const Nanoseconds renamed = now_ns();
    must(::fsync(folder.get()), "fsync of the directory");
    name_sync.add(now_ns() - renamed);
  }
  must(::unlinkat(folder.get(), "durable", 0), "unlink");
  std::printf(R"({"file": %s, "name": %s})"
              "\n",
              file_sync.json().c_str(), name_sync.json().c_str());
}
