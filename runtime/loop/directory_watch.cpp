#include "runtime/loop/directory_watch.h"

#include <cassert>
#include <uv.h>

namespace sojourn {

// Freed in its close callback, in a later phase of the turn, as every handle of libuv.
struct DirectoryWatch::Handle {
  uv_fs_event_t event;
  std::function<void()> on_change;
};

Result<std::unique_ptr<DirectoryWatch>> DirectoryWatch::begin(Loop& loop, const std::string& directory,
                                                              std::function<void()> on_change) {
  assert(loop.on_loop_thread());
  auto* handle = new Handle{{}, std::move(on_change)};
  ::uv_fs_event_init(loop.raw(), &handle->event);
  handle->event.data = handle;
  std::unique_ptr<DirectoryWatch> watch(new DirectoryWatch(handle));
  const auto changed = [](uv_fs_event_t* event, const char*, int, int) {
    const auto on_change_now = static_cast<Handle*>(event->data)->on_change;
    on_change_now();
  };
  if (const int failed = ::uv_fs_event_start(&handle->event, changed, directory.c_str(), 0); failed != 0) {
    return Error(ErrorCode::kInternal, "watch " + directory + ": " + ::uv_strerror(failed));
  }
  return watch;
}

DirectoryWatch::~DirectoryWatch() {
  ::uv_close(reinterpret_cast<uv_handle_t*>(&handle_->event),
             [](uv_handle_t* handle) { delete static_cast<Handle*>(handle->data); });
}

}  // namespace sojourn
