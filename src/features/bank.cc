#include "features/bank.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <span>
#include <tuple>

#include "arrays/bytes.h"
#include "arrays/json.h"
#include "arrays/raw_tensor.h"
#include "arrays/safetensors.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/write_file.h"
#include "image/image.h"

namespace oneormany::features {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFormat = "oneormany-background-1";
constexpr Index kHashSize = std::tuple_size_v<base::Sha256>;

using Half = base::MatrixOf<Eigen::half>;
using Hashes = base::MatrixOf<std::uint8_t>;
using Numbers = base::MatrixOf<std::int32_t>;

template <typename T>
arrays::RawTensor raw(const base::MatrixOf<T>& matrix, arrays::Dtype dtype) {
  return {dtype,
          std::as_bytes(std::span(matrix.data(), static_cast<std::size_t>(matrix.size()))),
          0,
          {matrix.rows(), matrix.cols()},
          {}};
}

/// A tensor of a bank as a matrix of floats; `columns` of them unless that is 0.
MatrixF matrix_of(const std::map<std::string, arrays::RawTensor>& tensors, const std::string& name,
                  Index rows, Index columns) {
  const auto found = tensors.find(name);
  if (found == tensors.end() || found->second.shape.size() != 2) throw Error("lacks its " + name);
  const arrays::RawTensor& tensor = found->second;
  if ((rows > 0 && tensor.shape[0] != rows) || (columns > 0 && tensor.shape[1] != columns)) {
    throw Error("has " + name + " of the wrong shape");
  }
  auto budget = static_cast<std::int64_t>(tensor.storage.size());
  const std::vector<float> values = arrays::to_floats(tensor, budget);
  return Eigen::Map<const MatrixF>(values.data(), tensor.shape[0], tensor.shape[1]);
}

std::map<std::string, arrays::RawTensor> tensors_in(std::string_view bytes) {
  try {
    return arrays::read_safetensors(bytes);
  } catch (const Error&) {
    throw Error("is damaged, or no background");
  }
}

Bank parse(std::string_view bytes) {
  const auto tensors = tensors_in(bytes);
  auto metadata = arrays::read_safetensors_metadata(bytes);
  if (metadata["format"] != kFormat) throw Error("is a safetensors file, but no background");
  if (metadata["sha256"] != arrays::content_sha256(tensors))
    throw Error("is damaged (its SHA-256 is wrong)");
  const nlohmann::json names = arrays::parse_json(metadata["kinds"]);
  if (!names.is_array()) throw Error("lacks the names of its folders");

  Bank bank;
  bank.setup = metadata["setup"];
  bank.features = matrix_of(tensors, "features", 0, 0);
  if (!bank.features.allFinite()) throw Error("has features that aren't finite numbers");
  const Index rows = bank.features.rows();
  const MatrixF hashes = matrix_of(tensors, "pixels", rows, kHashSize);
  const MatrixF folders = matrix_of(tensors, "kinds", rows, 1);  // as the format calls them
  for (Index row = 0; row < rows; ++row) {
    base::Sha256& hash = bank.pixels.emplace_back();
    for (Index i = 0; i < kHashSize; ++i) {
      hash[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(hashes(row, i));
    }
    const float folder = folders(row, 0);
    if (!(folder >= 0 && folder < static_cast<float>(names.size())) ||
        !names[static_cast<std::size_t>(folder)].is_string()) {
      throw Error("has a row of no folder");
    }
    bank.folders.push_back(names[static_cast<std::size_t>(folder)]);
  }
  return bank;
}

/// The numbers below n in an order that is the same everywhere.
std::vector<Index> shuffled(Index n, std::uint64_t seed) {
  std::vector<Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), Index{0});
  std::mt19937_64 engine(seed);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[engine() % i]);
  return order;
}

}  // namespace

std::string feature_setup(const backbone::Backbone& backbone) {
  return base::printable(
      fmt::format("{}; decoder {}, size {}", backbone.id(), image::decoder_id(), backbone.size()));
}

Bank read_bank(const fs::path& file) {
  try {
    return parse(arrays::read_bytes(file));
  } catch (const Error& error) {
    throw Error(
        fmt::format("{}: {}; make one with `oneormany background` (the "
                    "built-in one with script/background)",
                    base::printable(file), error.what()));
  }
}

void write_bank(const fs::path& file, const Bank& bank) {
  constexpr float kLargest = 65504;                        // of float16
  if (!(bank.features.array().abs() <= kLargest).all()) {  // no NaN is
    throw Error(
        fmt::format("{}: can't hold this backbone's features: some are above {} or no numbers",
                    base::printable(file), kLargest));
  }
  const Index rows = bank.features.rows();
  const Half features = bank.features.cast<Eigen::half>();
  Hashes hashes(rows, kHashSize);
  Numbers folders(rows, 1);
  std::map<std::string, int> numbers;
  for (const std::string& folder : bank.folders) numbers[folder] = 0;
  nlohmann::json names = nlohmann::json::array();
  for (auto& [name, number] : numbers) {
    number = static_cast<int>(names.size());
    names.push_back(base::printable(name));
  }
  for (Index row = 0; row < rows; ++row) {
    const auto i = static_cast<std::size_t>(row);
    std::copy(bank.pixels[i].begin(), bank.pixels[i].end(), hashes.row(row).begin());
    folders(row, 0) = numbers.at(bank.folders[i]);
  }
  const std::map<std::string, arrays::RawTensor> tensors{
      {"features", raw(features, arrays::Dtype::kF16)},
      {"pixels", raw(hashes, arrays::Dtype::kU8)},
      {"kinds", raw(folders, arrays::Dtype::kI32)}};
  base::write_file(
      file, arrays::write_safetensors(tensors, {{"format", kFormat},
                                                {"setup", bank.setup},
                                                {"kinds", names.dump()},
                                                {"sha256", arrays::content_sha256(tensors)}}));
}

void refuse_foreign_bank(const fs::path& file) {
  base::refuse_foreign(file, "\"format\":\"oneormany-background-");
}

std::string folder_of(const fs::path& file, const std::vector<fs::path>& folders) {
  for (const fs::path& folder : folders) {
    const fs::path below = file.parent_path().lexically_relative(folder);
    if (below.empty() || *below.begin() == "..") continue;
    if (below != ".") return below.generic_string();
    break;
  }
  return file.parent_path().filename().string();
}

Diverse pick_diverse(const MatrixF& features, double alike, std::size_t most, std::uint64_t seed) {
  // In blocks, so that most of the work is a product of matrices.
  constexpr Index kBlock = 128;
  const std::vector<Index> order = shuffled(features.rows(), seed);
  const auto n = static_cast<Index>(order.size());
  MatrixF taken(std::min(n, static_cast<Index>(most)), features.cols());
  Diverse result;
  for (Index first = 0; first < n && result.rows.size() < most; first += kBlock) {
    const Index size = std::min(kBlock, n - first);
    const std::vector<Index> rows(order.begin() + first, order.begin() + first + size);
    MatrixF block = features(rows, Eigen::all);
    block.rowwise().normalize();
    const auto known = static_cast<Index>(result.rows.size());
    const MatrixF to_known = block * taken.topRows(known).transpose();
    const MatrixF to_block = block * block.transpose();
    std::vector<Index> fresh;  // of the block
    for (Index i = 0; i < size && result.rows.size() < most; ++i) {
      const bool near =
          (known > 0 && to_known.row(i).maxCoeff() >= alike) ||
          std::any_of(fresh.begin(), fresh.end(), [&](Index j) { return to_block(i, j) >= alike; });
      if (near) {
        ++result.too_like;
        continue;
      }
      taken.row(static_cast<Index>(result.rows.size())) = block.row(i);
      fresh.push_back(i);
      result.rows.push_back(rows[static_cast<std::size_t>(i)]);
    }
  }
  return result;
}

}  // namespace oneormany::features
