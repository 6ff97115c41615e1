// SPDX-License-Identifier: Apache-2.0
#include "compress/subspace.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/parallel.h"

namespace anemone {
namespace {

constexpr int kRounds = 40;
constexpr double kEnough = 1e-3;  // of what is left out: a round that gains less is the last
constexpr int64_t kSpare = 8;     // directions beside those asked for, which let these settle sooner

template <typename T>
double dot(const T* a, const T* b, int64_t count) {
  double sums[4] = {};
  int64_t i = 0;
  for (; i + 4 <= count; i += 4)
    for (int64_t j = 0; j < 4; ++j) sums[j] += static_cast<double>(a[i + j]) * b[i + j];
  for (; i < count; ++i) sums[0] += static_cast<double>(a[i]) * b[i];
  return sums[0] + sums[1] + (sums[2] + sums[3]);
}

void add(double factor, const double* from, double* to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] += factor * from[i];
}

class Iteration {
 public:
  Iteration(const std::vector<float>& lines, int64_t size, int64_t length, int64_t count, int threads)
      : size_(size), count_(std::min(size, count + kSpare)), wanted_(std::min(size, count)), threads_(threads) {
    products_.resize(static_cast<size_t>(size * size));
    parallel_for(threads_, size, 8, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        for (int64_t j = 0; j <= i; ++j)
          products_[static_cast<size_t>(i * size + j)] =
              dot(&lines[static_cast<size_t>(i * length)], &lines[static_cast<size_t>(j * length)], length);
    });
    for (int64_t i = 0; i < size; ++i)
      for (int64_t j = 0; j < i; ++j)
        products_[static_cast<size_t>(j * size + i)] = products_[static_cast<size_t>(i * size + j)];
  }

  Subspace run() {
    Subspace result;
    for (int64_t i = 0; i < size_; ++i) result.total += products_[static_cast<size_t>(i * size_ + i)];
    start();
    double held = 0;
    for (int round = 0; round < kRounds; ++round) {
      multiply();
      result.energies = energies();
      sort(result.energies);
      const double now = std::accumulate(result.energies.begin(), result.energies.begin() + wanted_, 0.0);
      const bool enough = round > 1 && now - held <= kEnough * std::max(result.total - now, 1e-12 * result.total);
      held = now;
      if (enough) break;
      directions_ = images_;
      straighten();
    }
    directions_.resize(static_cast<size_t>(wanted_ * size_));
    result.energies.resize(static_cast<size_t>(wanted_));
    result.directions = std::move(directions_);
    return result;
  }

 private:
  double* direction(int64_t i) { return &directions_[static_cast<size_t>(i * size_)]; }
  double* image(int64_t i) { return &images_[static_cast<size_t>(i * size_)]; }

  // The same made-up numbers on every machine.
  void start() {
    directions_.resize(static_cast<size_t>(count_ * size_));
    uint64_t random = 1;
    for (double& value : directions_) {
      random = random * 6364136223846793005U + 1442695040888963407U;
      value = static_cast<double>(random >> 11) * 0x1p-53 - 0.5;
    }
    straighten();
  }

  void multiply() {
    images_.assign(directions_.size(), 0);
    parallel_for(threads_, count_, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        for (int64_t j = 0; j < size_; ++j)
          image(i)[j] = dot(&products_[static_cast<size_t>(j * size_)], direction(i), size_);
    });
  }

  std::vector<double> energies() {
    std::vector<double> result;
    for (int64_t i = 0; i < count_; ++i) result.push_back(std::max(0.0, dot(direction(i), image(i), size_)));
    return result;
  }

  // By energy, the largest first.
  void sort(std::vector<double>& energies) {
    std::vector<size_t> order(energies.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return energies[a] > energies[b]; });
    std::vector<double> sorted, directions, images;
    for (const size_t i : order) {
      sorted.push_back(energies[i]);
      directions.insert(directions.end(), direction(static_cast<int64_t>(i)),
                        direction(static_cast<int64_t>(i)) + size_);
      images.insert(images.end(), image(static_cast<int64_t>(i)), image(static_cast<int64_t>(i)) + size_);
    }
    energies = std::move(sorted);
    directions_ = std::move(directions);
    images_ = std::move(images);
  }

  // Gram and Schmidt, twice for the sake of rounding. One that vanishes becomes an axis that is still free.
  void straighten() {
    int64_t axis = 0;
    for (int64_t i = 0; i < count_; ++i)
      for (int turn = 0; turn < 2; ++turn) {
        const double before = std::sqrt(dot(direction(i), direction(i), size_));
        take_out_others(i);
        double length = std::sqrt(dot(direction(i), direction(i), size_));
        while (!(length > 1e-10 * before) && axis < size_) {
          std::fill_n(direction(i), size_, 0);
          direction(i)[axis++] = 1;
          take_out_others(i);
          length = std::sqrt(dot(direction(i), direction(i), size_));
        }
        for (int64_t j = 0; j < size_ && length > 0; ++j) direction(i)[j] /= length;
      }
  }

  void take_out_others(int64_t i) {
    std::vector<double> shares(static_cast<size_t>(i));
    for (int64_t j = 0; j < i; ++j) shares[static_cast<size_t>(j)] = dot(direction(j), direction(i), size_);
    for (int64_t j = 0; j < i; ++j) add(-shares[static_cast<size_t>(j)], direction(j), direction(i), size_);
  }

  int64_t size_;
  int64_t count_;
  int64_t wanted_;
  int threads_;
  std::vector<double> products_;    // of the lines with each other
  std::vector<double> directions_;  // and what the products make of them
  std::vector<double> images_;
};

}  // namespace

Subspace dominant_subspace(const std::vector<float>& lines, int64_t size, int64_t length, int64_t count, int threads) {
  CHECK(size > 0 && count > 0 && lines.size() == static_cast<size_t>(size * length));
  return Iteration(lines, size, length, count, threads).run();
}

}  // namespace anemone
