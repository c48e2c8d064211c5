#include "gateway/guards/cache_entry.h"

#include <algorithm>

#include "runtime/base/ascii.h"

namespace sojourn {
namespace {

template <class Visit>
void for_each_name(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    std::string name;
    for (const char c : list.substr(0, comma)) {
      if (c != ' ' && c != '\t') name += ascii_lower(c);
    }
    if (!name.empty()) visit(std::move(name));
    list.remove_prefix(std::min(comma == std::string_view::npos ? list.size() : comma + 1, list.size()));
  }
}

bool has_field(std::span<const HeaderField> headers, std::string_view name) {
  return std::ranges::find(headers, name, &HeaderField::name) != headers.end();
}

bool same_value(std::span<const HeaderField> headers, std::string_view name, std::string_view value) {
  const auto count = std::ranges::count(headers, name, &HeaderField::name);
  return count <= 1 ? field_of(headers, name) == value : whole_field(headers, name) == value;
}

}  // namespace

std::string whole_field(std::span<const HeaderField> headers, std::string_view name) {
  std::string whole;
  bool first = true;
  for (const HeaderField& field : headers) {
    if (field.name != name) continue;
    if (!first) whole += ", ";
    whole += field.value;
    first = false;
  }
  return whole;
}

CacheEntryPtr CacheEntry::make(const RequestView& request, const ReplyView& reply, const CacheTerms& terms,
                               MonotonicTime now, std::shared_ptr<const std::string> body) {
  std::shared_ptr<CacheEntry> made(new CacheEntry);
  made->status_ = reply.status;
  made->copy(reply.headers);
  made->body_ = body ? std::move(body) : std::make_shared<const std::string>(reply.body);
  made->note_variant(request);
  made->terms_ = terms;
  made->stored_ = now;
  constexpr std::size_t kBookkeeping = sizeof(CacheEntry) + 256;
  made->cost_ = kBookkeeping + made->text_.size() + made->headers_.size() * sizeof(HeaderField) + made->body_->size();
  for (const auto& [name, value] : made->variant_) made->cost_ += name.size() + value.size();
  return made;
}

CacheEntryPtr CacheEntry::make_note(MonotonicTime now) {
  std::shared_ptr<CacheEntry> made(new CacheEntry);
  made->terms_.lifetime = kNoteLifetime;
  made->stored_ = now;
  made->cost_ = sizeof(CacheEntry);
  return made;
}

std::vector<HeaderField> CacheEntry::headers_confirmed_by(const ReplyView& reply) const {
  std::vector<HeaderField> fields;
  for (const HeaderField& field : headers_) {
    if (!has_field(reply.headers, field.name)) fields.push_back(field);
  }
  fields.insert(fields.end(), reply.headers.begin(), reply.headers.end());
  return fields;
}

void CacheEntry::copy(std::span<const HeaderField> fields) {
  std::size_t size = 0;
  for (const HeaderField& field : fields) size += field.name.size() + field.value.size();
  text_.reserve(size);
  headers_.reserve(fields.size());
  const auto keep = [this](std::string_view part) {
    const std::size_t at = text_.size();
    text_ += part;
    return std::string_view(text_.data() + at, part.size());
  };
  for (const HeaderField& field : fields) {
    if (field.name == "age") continue;  // it grows; the one to send is made from age()
    const std::string_view name = keep(field.name);
    headers_.push_back({name, keep(field.value)});
  }
}

void CacheEntry::note_variant(const RequestView& request) {
  for_each_name(whole_field(headers_, "vary"), [&](std::string name) {
    std::string value = whole_field(request.headers, name);
    variant_.emplace_back(std::move(name), std::move(value));
  });
}

std::chrono::seconds CacheEntry::age(MonotonicTime now) const {
  return terms_.age + std::chrono::floor<std::chrono::seconds>(std::max(now - stored_, MonotonicTime::duration(0)));
}

bool CacheEntry::suits(const RequestView& request) const {
  return std::ranges::all_of(variant_,
                             [&](const auto& field) { return same_value(request.headers, field.first, field.second); });
}

}  // namespace sojourn
