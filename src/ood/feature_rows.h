#pragma once
// Rows of features that OOD scores learn from, and pictures that are scored. Scores of several
// models on the same rows have most of their work in common; here it is done once.

#include <map>
#include <memory>
#include <mutex>
#include <tuple>
#include <typeindex>
#include <vector>

#include "base/matrix.h"

namespace oneormany::ood {

class Block;

/// Safe to use from several threads.
class FeatureRows {
 public:
  /// features: n × d. Rows without a label are left out: they say nothing of what a class looks
  /// like. Throws Error if a feature is not a number.
  FeatureRows(MatrixF features, std::vector<std::vector<int>> labels);

  /// Rows that need no label: background.
  FeatureRows(MatrixF features);  // NOLINT(google-explicit-constructor)

  Index count() const { return features_.rows(); }
  Index dims() const { return features_.cols(); }
  const MatrixF& features() const { return features_; }
  const std::vector<std::vector<int>>& labels() const { return labels_; }

  /// Which of the rows given these are.
  const std::vector<Index>& taken() const { return taken_; }

  /// Fewer rows than features: the rows' products with each other tell all, and are cheaper than
  /// d × d.
  bool few() const { return count() < dims(); }

  const Eigen::RowVectorXd& centre() const { return centre_; }  ///< the rows' mean
  const Matrix& centred() const;                                ///< the rows around it, n × d

  /// Of the rows around their mean, Z: ZZᵀ if few(), else ZᵀZ.
  const Eigen::MatrixXd& products() const;

  /// T(*this), made when first asked for.
  template <typename T>
  const T& learned() const {
    Entry* entry = nullptr;
    {
      const std::scoped_lock lock(mutex_);
      entry = &learned_[typeid(T)];
    }
    std::call_once(entry->made, [&] { entry->value = std::make_shared<const T>(*this); });
    return *static_cast<const T*>(entry->value.get());
  }

 private:
  struct Entry {
    std::once_flag made;
    std::shared_ptr<const void> value;
  };

  MatrixF features_;
  std::vector<std::vector<int>> labels_;
  std::vector<Index> taken_;
  Eigen::RowVectorXd centre_;
  mutable std::mutex mutex_;
  mutable std::map<std::type_index, Entry> learned_;
};

/// Some pictures that are scored. For one thread.
class Block {
 public:
  explicit Block(MatrixF features) : features_(std::move(features)) {}
  const MatrixF& features() const { return features_; }

  /// The pictures less the centre of `rows`: b × d, and their squared lengths, b × 1.
  const Matrix& around(const FeatureRows& rows) const;
  const Matrix& squared_lengths(const FeatureRows& rows) const;

  /// Their products with the rows around the same centre: b × n.
  const Matrix& products_with(const FeatureRows& rows) const;

  /// T(*this, rows, more …), made when first asked for; of each type only one number can be more.
  template <typename T, typename... More>
  const T& seen(const FeatureRows& rows, More... more) const {
    const std::tuple key(std::type_index(typeid(T)), &rows,
                         static_cast<std::size_t>((0 + ... + more)));
    auto found = seen_.find(key);
    if (found == seen_.end()) {
      found = seen_.emplace(key, std::make_shared<const T>(*this, rows, more...)).first;
    }
    return *static_cast<const T*>(found->second.get());
  }

 private:
  MatrixF features_;
  mutable std::map<std::tuple<std::type_index, const FeatureRows*, std::size_t>,
                   std::shared_ptr<const void>>
      seen_;
};

}  // namespace oneormany::ood
