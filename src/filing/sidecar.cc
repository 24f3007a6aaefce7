#include "filing/sidecar.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exiv2/exiv2.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>

#include "base/error.h"
#include "base/printable.h"
#include "base/write_file.h"

namespace oneormany::filing {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSubject = "Xmp.dc.subject";
constexpr const char* kOurs = "Xmp.oneormany.labels";
constexpr const char* kRemoved = "Xmp.oneormany.removed";
constexpr std::string_view kRdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

constexpr std::uintmax_t kLongest = 64 << 20;  // darktable's masks take some megabytes
constexpr int kDeepest = 100;

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::ranges::find(all, one) != all.end();
}

/// Exiv2's parser has one state for the whole process, and its messages go to standard error.
std::mutex& toolkit() {
  static std::mutex& mutex = []() -> std::mutex& {
    Exiv2::LogMsg::setLevel(Exiv2::LogMsg::mute);
    Exiv2::XmpParser::initialize();
    Exiv2::XmpProperties::registerNs(kXmpNamespace, "oneormany");
    return *new std::mutex;
  }();
  return mutex;
}

/// How deep elements are nested, by their brackets alone. The toolkit's parser goes down by
/// recursion.
int depth_of(std::string_view xml) {
  int depth = 0, deepest = 0;
  std::size_t at = 0;
  const auto skip_past = [&](std::string_view end) {
    const std::size_t found = xml.find(end, at);
    at = found == xml.npos ? xml.size() : found + end.size();
  };
  while ((at = xml.find('<', at)) != xml.npos) {
    const std::string_view rest = xml.substr(at);
    if (rest.starts_with("<!--")) {
      skip_past("-->");
    } else if (rest.starts_with("<![CDATA[")) {
      skip_past("]]>");
    } else if (rest.starts_with("<?")) {
      skip_past("?>");
    } else if (rest.starts_with("</")) {
      --depth;
      skip_past(">");
    } else {
      deepest = std::max(deepest, ++depth);
      char quote = 0;
      for (; at < xml.size() && (quote != 0 || xml[at] != '>'); ++at) {
        if (xml[at] == quote) {
          quote = 0;
        } else if (quote == 0 && (xml[at] == '"' || xml[at] == '\'')) {
          quote = xml[at];
        }
      }
      if (at < xml.size() && xml[at - 1] == '/') --depth;
    }
  }
  return deepest;
}

std::string read(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) throw Error("is no regular file");
  if (fs::file_size(file, error) > kLongest) throw Error("is too large for a sidecar");
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(fmt::format("can't be read: {}", std::strerror(errno)));
  return {std::istreambuf_iterator<char>(in), {}};
}

Exiv2::XmpData parse(const std::string& text) {
  const auto broken = [] { throw Error("is no XMP, or is damaged: mend or remove it"); };
  Exiv2::XmpData data;
  if (text.find(kRdf) == text.npos || text.find("<!DOCTYPE") != text.npos ||
      depth_of(text) > kDeepest) {
    broken();
  }
  // Exiv2 knows a value's language, and drops all else that is said of a value.
  if (text.find("rdf:value") != text.npos) {
    throw Error(
        "holds qualified values (rdf:value), which can't be kept: write its keywords with "
        "another program");
  }
  try {
    if (Exiv2::XmpParser::decode(data, text) != 0) broken();
  } catch (const std::exception&) {  // of Exiv2 or the standard library
    broken();
  }
  return data;
}

constexpr const char* kEmpty =
    "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
    " <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"/>\n"
    "</x:xmpmeta>\n";
const std::string kEmptyPacket =
    std::string("<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n") + kEmpty +
    "<?xpacket end=\"w\"?>\n";

/// Framed as `before` is: by an XML declaration, an XMP packet, or neither.
std::string serialised(const Exiv2::XmpData& data, const std::optional<std::string>& before) {
  constexpr const char* kDeclaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  const bool in_packet = before && before->find("<?xpacket begin") != before->npos;
  const bool declared = !before || before->find("<?xml ") != before->npos;
  using Parser = Exiv2::XmpParser;
  const auto flags = static_cast<std::uint16_t>(Parser::useCompactFormat |
                                                (in_packet ? 0 : Parser::omitPacketWrapper));
  std::string text;
  try {
    if (Parser::encode(text, data, flags) == 0 && (!text.empty() || data.empty())) {
      if (text.empty()) text = in_packet ? kEmptyPacket : kEmpty;  // Exiv2 writes nothing then
      return (declared ? kDeclaration : "") + text;
    }
  } catch (const std::exception&) {
  }
  throw Error("holds what can't be written again: write its keywords with another program");
}

std::vector<std::string> list_at(const Exiv2::XmpData& data, const std::string& key) {
  for (const auto& property : data) {
    if (property.key().starts_with(key + "[")) {
      throw Error(
          "holds keywords with qualifiers, which can't be kept: write them with another program");
    }
  }
  const auto found = data.findKey(Exiv2::XmpKey(key));
  std::vector<std::string> list;
  if (found == data.end()) return list;
  for (long i = 0; i < found->count(); ++i) list.push_back(found->toString(i));
  return list;
}

void put_list(Exiv2::XmpData& data, const char* key, const std::vector<std::string>& list) {
  const auto found = data.findKey(Exiv2::XmpKey(key));
  if (found != data.end()) data.erase(found);
  if (list.empty()) return;
  Exiv2::XmpArrayValue value(Exiv2::xmpBag);
  for (const std::string& text : list) value.read(text);
  data.add(Exiv2::XmpKey(key), &value);
}

/// Everything but what we write.
std::multimap<std::string, std::string> others(const Exiv2::XmpData& data) {
  std::multimap<std::string, std::string> all;
  for (const auto& property : data) {
    const std::string key = property.key();
    if (key != kSubject && key != kOurs && key != kRemoved) all.emplace(key, property.toString());
  }
  return all;
}

}  // namespace

Keywords merge(const Keywords& before, const std::vector<std::string>& labels) {
  Keywords after;
  for (const std::string& keyword : before.removed) {
    if (!contains(before.subject, keyword)) after.removed.push_back(keyword);
  }
  for (const std::string& keyword : before.ours) {
    if (!contains(before.subject, keyword) && !contains(after.removed, keyword)) {
      after.removed.push_back(keyword);
    }
  }
  for (const std::string& keyword : before.subject) {
    const bool ours = contains(before.ours, keyword);
    if (ours && !contains(labels, keyword)) continue;
    after.subject.push_back(keyword);
    if (ours && !contains(after.ours, keyword)) after.ours.push_back(keyword);
  }
  for (const std::string& label : labels) {
    if (contains(after.subject, label) || contains(after.removed, label)) continue;
    after.subject.push_back(label);
    after.ours.push_back(label);
  }
  return after;
}

std::optional<std::string> with_labels(const std::optional<std::string>& xmp,
                                       const std::vector<std::string>& labels) {
  const std::lock_guard lock(toolkit());
  Exiv2::XmpData data = xmp ? parse(*xmp) : Exiv2::XmpData();
  const Keywords before{list_at(data, kSubject), list_at(data, kOurs), list_at(data, kRemoved)};
  const Keywords after = merge(before, labels);
  if (after == before) return {};
  const auto kept = others(data);
  put_list(data, kSubject, after.subject);
  put_list(data, kOurs, after.ours);
  put_list(data, kRemoved, after.removed);
  std::string written = serialised(data, xmp);
  const Exiv2::XmpData again = parse(written);
  if (others(again) != kept || list_at(again, kSubject) != after.subject) {
    throw Error("holds what can't be kept: write its keywords with another program");
  }
  return written;
}

struct Sidecars::Impl {
  SidecarName name = SidecarName::kAppended;
  std::mutex mutex;
  std::map<std::string, std::string> written{};  // sidecar to picture
};

Sidecars::Sidecars(SidecarName name) : impl_(std::make_unique<Impl>()) { impl_->name = name; }
Sidecars::~Sidecars() = default;
Sidecars::Sidecars(Sidecars&&) noexcept = default;

bool Sidecars::write(const fs::path& picture, const std::vector<std::string>& labels) {
  fs::path sidecar = picture;
  if (impl_->name == SidecarName::kAppended) {
    sidecar += ".xmp";
  } else {
    sidecar.replace_extension(".xmp");
    const std::lock_guard lock(impl_->mutex);
    const auto [entry, is_new] = impl_->written.emplace(sidecar.string(), picture.string());
    if (!is_new && entry->second != picture.string()) {
      throw Error(
          fmt::format("{}: is {}'s sidecar already: {} needs one of its own, named {}.xmp",
                      base::printable(sidecar), base::printable(fs::path(entry->second).filename()),
                      base::printable(picture.filename()), base::printable(picture.filename())));
    }
  }
  try {
    std::error_code error;
    if (fs::is_symlink(sidecar, error)) sidecar = fs::canonical(sidecar);  // not the link itself
    std::optional<std::string> text;
    if (fs::exists(sidecar)) text = read(sidecar);
    const auto now = with_labels(text, labels);
    if (!now) return false;
    base::write_file(sidecar, *now);
    return true;
  } catch (const fs::filesystem_error& error) {
    throw Error(fmt::format("{}: {}", base::printable(sidecar), error.code().message()));
  } catch (const Error& error) {
    const std::string_view what = error.what();
    if (what.starts_with(sidecar.string())) throw;
    throw Error(fmt::format("{}: {}", base::printable(sidecar), what));
  }
}

}  // namespace oneormany::filing
