#pragma once
// Labels as keywords in XMP sidecars, beside those that people wrote (XMP specification, ISO
// 16684-1).

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace oneormany::filing {

/// The name of a.jpg's sidecar.
enum class SidecarName {
  kAppended,  ///< a.jpg.xmp, as darktable and digiKam have it
  kReplaced   ///< a.xmp, as Adobe's programs have it
};

/// The namespace of what we remember in a sidecar: which keywords are ours (`labels`), and which of
/// these people took away (`removed`).
inline constexpr const char* kXmpNamespace = "urn:x-oneormany:xmp:1/";

/// Keywords after a run. What people wrote stays, and what they decided:
///   a label that isn't there is added, and is ours;
///   one that people wrote is theirs, and stays whatever is predicted later;
///   one of ours that is no longer predicted is taken out again;
///   one of ours that people took away isn't added again, unless they put it back: it is theirs.
struct Keywords {
  std::vector<std::string> subject;  ///< all there are
  std::vector<std::string> ours;     ///< of them those that we added
  std::vector<std::string> removed;  ///< ours that people took away
  bool operator==(const Keywords&) const = default;
};
Keywords merge(const Keywords& before, const std::vector<std::string>& labels);

/// A sidecar's text with dc:subject brought to merge(what it holds, labels), all else kept; none if
/// it would say the same. Without `xmp` a new one. Throws Error, without a file's name, if it is no
/// XMP, or holds what can't be kept: keywords with qualifiers, rdf:value.
std::optional<std::string> with_labels(const std::optional<std::string>& xmp,
                                       const std::vector<std::string>& labels);

/// Writes sidecars beside pictures. Any number of threads may use one.
class Sidecars {
 public:
  explicit Sidecars(SidecarName name);
  ~Sidecars();
  Sidecars(Sidecars&&) noexcept;

  /// Writes with_labels() of what the picture's sidecar holds. It is the old or the new one, whole,
  /// at every moment, and keeps its permissions. A sidecar that would say the same is not written,
  /// and none is made to say nothing. True: it was written.
  /// Throws Error, one line with the sidecar's name, and leaves it as it is: if it is no XMP, holds
  /// what can't be kept, or can't be written; and if another picture had the same one before (a.tif
  /// and a.jpg have one a.xmp).
  bool write(const std::filesystem::path& picture, const std::vector<std::string>& labels);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace oneormany::filing
