#include "image/format.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <optional>

#include "base/error.h"

namespace oneormany::image {
namespace {

using std::string_view;
using namespace std::string_view_literals;

struct Magic {
  std::size_t at;
  string_view bytes;
  Format format;
};

constexpr std::array kPictures{
    Magic{0, "\xff\xd8\xff"sv, Format::kJpeg},
    Magic{0, "\x89PNG\r\n\x1a\n"sv, Format::kPng},
    Magic{0, "GIF87a"sv, Format::kGif},
    Magic{0, "GIF89a"sv, Format::kGif},
    Magic{8, "WEBPVP8"sv, Format::kWebp},
    Magic{0, "II*\0"sv, Format::kTiff},
    Magic{0, "MM\0*"sv, Format::kTiff},
    Magic{0, "II+\0"sv, Format::kTiff},
    Magic{0, "MM\0+"sv, Format::kTiff},
    Magic{0, "\0\0\0\x0cjP  \r\n\x87\n"sv, Format::kJpeg2000},
    Magic{0, "\xff\x4f\xff\x51"sv, Format::kJpeg2000},
    Magic{0, "\0\0\0\x0cJXL \r\n\x87\n"sv, Format::kJpegXl},
    Magic{0, "\xff\x0a"sv, Format::kJpegXl},
    Magic{0, "\x76\x2f\x31\x01"sv, Format::kExr},
    Magic{0, "#?RADIANCE"sv, Format::kRadiance},
    Magic{0, "#?RGBE"sv, Format::kRadiance},
    Magic{0, "%PDF-"sv, Format::kPdf},
    Magic{0, "8BPS"sv, Format::kPsd},
    Magic{0, "\0\0\1\0"sv, Format::kIco},
};

struct Other {
  std::size_t at;
  string_view bytes;
  const char* name;  ///< "is …"
};

/// What people take for pictures, and libvips or its helpers can't read, or can't read safely.
constexpr std::array kOthers{
    Other{0, "SIMPLE  ="sv, "a FITS file"},
    Other{128, "DICM"sv, "a DICOM file"},
    Other{0, "AT&TFORM"sv, "a DjVu file"},
    Other{0, "FUJIFILMCCD-RAW"sv, "a camera's raw file"},
    Other{0, "IIRO"sv, "a camera's raw file"},
    Other{0, "IIRS"sv, "a camera's raw file"},
    Other{0, "MMOR"sv, "a camera's raw file"},
    Other{0, "IIU\0"sv, "a camera's raw file"},
    Other{8, "CR\2\0"sv, "a camera's raw file"},
    Other{4, "ftypcrx"sv, "a camera's raw file"},
    Other{0, "%!PS"sv, "a PostScript file"},
    Other{0, "\xc5\xd0\xd3\xc6"sv, "a PostScript file"},
    Other{0, "P7\n"sv, "a PAM file"},
    Other{0, "gimp xcf"sv, "a GIMP file"},
    Other{0, "icns"sv, "an icon file of macOS"},
    Other{0, "\x89HDF\r\n\x1a\n"sv, "an HDF5 file"},
    Other{0, "CDF\1"sv, "a NetCDF file"},
    Other{0, "\x93NUMPY"sv, "an array of numbers"},
    Other{0, "PK\3\4"sv, "a zip archive or an office document"},
    Other{8, "AVI "sv, "a video"},
    Other{4, "ftypisom"sv, "a video"},
    Other{4, "ftypmp4"sv, "a video"},
    Other{4, "ftypqt"sv, "a video"},
    Other{0, "\x1a\x45\xdf\xa3"sv, "a video"},
};

bool has(string_view text, std::size_t at, string_view bytes) {
  return text.size() >= at && text.substr(at).starts_with(bytes);
}

bool ends_with(const InputFile& file, string_view ending) {
  std::string name = file.path().extension().string();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return name == ending;
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool is_heif(string_view start) {
  if (!has(start, 4, "ftyp")) return false;
  for (const string_view brand :
       {"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "mif2", "msf1", "avif", "avis"}) {
    if (has(start, 8, brand)) return true;
  }
  return false;
}

bool is_netpbm(string_view start) {
  return start.size() > 2 && start[0] == 'P' && start[1] >= '1' && start[1] <= '6' &&
         (is_space(start[2]) || start[2] == '#');
}

bool is_pfm(string_view start) {
  return start.size() > 2 && start[0] == 'P' && (start[1] == 'F' || start[1] == 'f') &&
         is_space(start[2]);
}

/// XML, in UTF-8 or UTF-16, packed or not: whether it is SVG is for librsvg to find out. Wherever
/// the root stands, nothing else gets to see it.
bool is_markup(string_view start) {
  if (has(start, 0, "\x1f\x8b")) return true;
  for (const string_view mark : {"\xef\xbb\xbf"sv, "\xff\xfe"sv, "\xfe\xff"sv}) {
    if (start.starts_with(mark)) start.remove_prefix(mark.size());
  }
  while (!start.empty() && (is_space(start[0]) || start[0] == '\0')) start.remove_prefix(1);
  return start.starts_with('<');
}

/// The header's size is one of those there are; "BM" alone begins many a text.
bool is_bmp(string_view start) {
  if (!has(start, 0, "BM") || start.size() < 18) return false;
  const auto size = static_cast<unsigned char>(start[14]);
  return start[15] == 0 && start[16] == 0 && start[17] == 0 &&
         (size == 12 || size == 16 || size == 40 || size == 52 || size == 56 || size == 64 ||
          size == 108 || size == 124);
}

/// TGA has no mark at its beginning; new files have one at their end. Of others both name and
/// header must fit.
bool is_tga(const InputFile& file, string_view start) {
  if (start.size() < 18) return false;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(start[i]); };
  const unsigned kind = byte(2), bits = byte(16);
  const bool fits = byte(1) <= 1 && ((kind >= 1 && kind <= 3) || (kind >= 9 && kind <= 11)) &&
                    (bits == 8 || bits == 15 || bits == 16 || bits == 24 || bits == 32) &&
                    byte(12) + byte(13) > 0 && byte(14) + byte(15) > 0;
  if (!fits) return false;
  constexpr string_view kEnd = "TRUEVISION-XFILE.\0"sv;
  std::array<std::byte, kEnd.size()> end{};
  file.read(file.size() - std::min<std::uint64_t>(file.size(), end.size()), end);
  return ends_with(file, ".tga") || std::memcmp(end.data(), kEnd.data(), kEnd.size()) == 0;
}

/// Raw files of cameras that are TIFF: what a decoder of TIFF finds in them is a small preview.
bool is_raw_tiff(const InputFile& file) {
  for (const string_view ending : {".dng", ".nef", ".nrw", ".arw", ".sr2", ".srf", ".pef", ".3fr",
                                   ".fff", ".iiq", ".erf", ".kdc", ".dcr", ".mos", ".cr2"}) {
    if (ends_with(file, ending)) return true;
  }
  return false;
}

std::optional<Format> found_format(const InputFile& file, string_view start) {
  for (const Magic& one : kPictures) {
    if (has(start, one.at, one.bytes)) return one.format;
  }
  if (is_heif(start)) return Format::kHeif;
  if (is_netpbm(start)) return Format::kNetpbm;
  if (is_pfm(start)) return Format::kPfm;
  if (is_bmp(start)) return Format::kBmp;
  if (is_tga(file, start)) return Format::kTga;
  if (is_markup(start)) return Format::kSvg;
  return std::nullopt;
}

}  // namespace

Format format_of(const InputFile& file) {
  std::array<char, 256> first{};
  const std::size_t count = file.read(0, std::as_writable_bytes(std::span(first)));
  const string_view start(first.data(), count);
  const auto refuse = [&](const std::string& why) {
    throw Error(fmt::format("{}: {}", file.path().string(), why));
  };
  for (const Other& one : kOthers) {
    if (has(start, one.at, one.bytes)) {
      refuse(fmt::format("is {}: save it as PNG, JPEG or TIFF", one.name));
    }
  }
  const auto format = found_format(file, start);
  if (!format) refuse("isn't a picture of a kind that can be read");
  if (format == Format::kTiff && is_raw_tiff(file)) {
    refuse("is a camera's raw file: save it as PNG, JPEG or TIFF");
  }
  return *format;
}

}  // namespace oneormany::image
