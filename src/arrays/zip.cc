#include "arrays/zip.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/printable.h"

namespace oneormany::arrays {
namespace {

constexpr std::uint64_t kPackedTimes = 100;  // arrays of zeros and ones pack as well as that

}  // namespace

Zip::Zip(std::string_view bytes, Entries entries)
    : archive_(nullptr, &zip_discard),
      entries_(entries),
      left_(bytes.size() * (entries == Entries::kPacked ? kPackedTimes : 1)) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source) archive_.reset(zip_open_from_source(source, ZIP_RDONLY, &error));
  if (!archive_) {
    zip_source_free(source);
    const std::string why = zip_error_strerror(&error);
    zip_error_fini(&error);
    throw Error(fmt::format("is no whole zip file ({}); fetch it again", why));
  }
  zip_error_fini(&error);
}

std::vector<std::string> Zip::names() const {
  std::vector<std::string> all;
  const zip_int64_t count = zip_get_num_entries(archive_.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* name = zip_get_name(archive_.get(), static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW);
    if (name) all.emplace_back(name);
  }
  return all;
}

bool Zip::has(const std::string& name) const {
  return zip_name_locate(archive_.get(), name.c_str(), ZIP_FL_ENC_RAW) >= 0;
}

std::string Zip::read(const std::string& name) {
  zip_stat_t info;
  if (zip_stat(archive_.get(), name.c_str(), ZIP_FL_ENC_RAW, &info) != 0) {
    throw Error(fmt::format("has no entry {}; fetch it again", base::excerpt(name)));
  }
  // So what an entry unpacks to is never much more than the file.
  const bool wrong_kind = entries_ == Entries::kStored && info.comp_method != ZIP_CM_STORE;
  if (wrong_kind || info.size > left_) {
    throw Error(fmt::format("has a compressed or broken entry {}", base::excerpt(name)));
  }
  left_ -= info.size;
  std::string content(info.size, '\0');
  const std::unique_ptr<zip_file_t, decltype(&zip_fclose)> entry(
      zip_fopen_index(archive_.get(), info.index, 0), &zip_fclose);
  // The read of one byte more makes libzip compare the checksum.
  char beyond = 0;
  if (!entry ||
      zip_fread(entry.get(), content.data(), content.size()) !=
          static_cast<zip_int64_t>(content.size()) ||
      zip_fread(entry.get(), &beyond, 1) != 0) {
    throw Error(fmt::format("has a broken entry {}; fetch it again", base::excerpt(name)));
  }
  return content;
}

std::string npz_entry(std::string_view bytes, const std::string& wanted) {
  Zip zip(bytes, Zip::Entries::kPacked);
  std::vector<std::string> arrays;
  for (const std::string& name : zip.names()) {
    if (name.ends_with(".npy")) arrays.push_back(name.substr(0, name.size() - 4));
  }
  if (arrays.empty()) throw Error("holds no array");
  if (wanted.empty() && arrays.size() == 1) return zip.read(arrays[0] + ".npy");
  if (std::find(arrays.begin(), arrays.end(), wanted) != arrays.end()) {
    return zip.read(wanted + ".npy");
  }
  constexpr std::size_t kNamed = 8;
  const std::size_t count = arrays.size();
  for (std::string& name : arrays) name = base::excerpt(name);
  if (count > kNamed) arrays.resize(kNamed);
  throw Error(fmt::format(
      "{} {} ({}{}): say which, as FILE.npz:NAME",
      wanted.empty() ? "holds" : "has no array " + base::excerpt(wanted) + " among",
      base::counted(count, "array"), fmt::join(arrays, ", "), count > kNamed ? ", …" : ""));
}

}  // namespace oneormany::arrays
