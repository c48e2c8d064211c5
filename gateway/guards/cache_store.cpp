#include "gateway/guards/cache_store.h"

#include <algorithm>
#include <iterator>

namespace sojourn {

CacheEntryPtr CacheStore::find(std::string_view key, const RequestView& request) {
  Part& part = part_of(key);
  const std::lock_guard lock(part.mutex);
  const auto found = part.by_key.find(key);
  if (found == part.by_key.end()) return nullptr;
  part.shelves.splice(part.shelves.begin(), part.shelves, found->second);
  for (const CacheEntryPtr& entry : found->second->variants) {
    if (entry->suits(request)) return entry;
  }
  return nullptr;
}

void CacheStore::put(std::string_view key, const RequestView& request, CacheEntryPtr entry) {
  if (entry->cost() + key.size() > part_max_) return;
  Part& part = part_of(key);
  const std::lock_guard lock(part.mutex);
  Shelf& shelf = shelf_for(part, key);
  auto& variants = shelf.variants;
  const bool has_entry = std::ranges::any_of(variants, [](const auto& one) { return !one->is_note(); });
  if (entry->is_note() && has_entry) return;
  std::erase_if(variants, [&](const auto& one) { return one->is_note() || one->suits(request); });
  if (variants.size() >= kVariantsMax) variants.erase(variants.begin());
  variants.push_back(std::move(entry));
  count_again(part, shelf);
  while (part.bytes > part_max_) drop(part, std::prev(part.shelves.end()));
}

void CacheStore::remove(std::string_view key) {
  Part& part = part_of(key);
  const std::lock_guard lock(part.mutex);
  const auto found = part.by_key.find(key);
  if (found != part.by_key.end()) drop(part, found->second);
}

std::uint64_t CacheStore::bytes() const {
  std::uint64_t sum = 0;
  for (const Part& part : parts_) {
    const std::lock_guard lock(part.mutex);
    sum += part.bytes;
  }
  return sum;
}

void CacheStore::drop(Part& part, Shelves::iterator shelf) {
  part.bytes -= shelf->cost;
  part.by_key.erase(shelf->key);
  part.shelves.erase(shelf);
}

CacheStore::Shelf& CacheStore::shelf_for(Part& part, std::string_view key) {
  const auto found = part.by_key.find(key);
  if (found != part.by_key.end()) {
    part.shelves.splice(part.shelves.begin(), part.shelves, found->second);
    return *found->second;
  }
  part.shelves.push_front(Shelf{std::string(key), {}, 0});
  part.by_key.emplace(part.shelves.front().key, part.shelves.begin());
  return part.shelves.front();
}

void CacheStore::count_again(Part& part, Shelf& shelf) {
  std::size_t cost = shelf.key.size() + sizeof(Shelf);
  for (const CacheEntryPtr& entry : shelf.variants) cost += entry->cost();
  part.bytes += cost;
  part.bytes -= shelf.cost;
  shelf.cost = cost;
}

}  // namespace sojourn
