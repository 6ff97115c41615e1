// SPDX-License-Identifier: Apache-2.0
#include "kernels/ane/mac_tile.h"

#include <bit>
#include <utility>

#include "kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/ane/mac_tile.cpp"
#include <hwy/foreach_target.h>  // compiles the rest of this file once per instruction set
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace anemone::kernels::ane::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace {

using Floats = hn::CappedTag<float, 16>;
using Ints = hn::RebindToSigned<Floats>;
using Vector = hn::Vec<Floats>;
using IntVector = hn::Vec<Ints>;
constexpr int64_t kLanes = static_cast<int64_t>(hn::MaxLanes(Floats()));
constexpr int64_t kColumns = 2 * kLanes;
// 2 · kRows sums, two vectors of the right factor, two of thresholds and temporaries must fit the registers.
constexpr int kRows = HWY_TARGET <= HWY_AVX3 || HWY_TARGET == HWY_NEON ? 12 : 4;
static_assert(kMacPanel % kColumns == 0 && kRows <= kMaxMacRows);

// 1.5 · 2^23: added to a number below 2^22, its low bits hold the number rounded to an integer.
constexpr float kMagic = 12582912.0F;

// The smallest left magnitude (exponents only) with which the product is kept: 2^(-16 - exponent of the right factor).
HWY_INLINE Vector threshold(Vector right) {
  const Ints di;
  const auto exponent = hn::And(hn::BitCast(di, right), hn::Set(di, 0x7F800000));
  const auto normal = hn::Max(exponent, hn::Set(di, 129 << 23));  // the exponent of 2^-14 · 2^16
  return hn::BitCast(Floats(), hn::Sub(hn::Set(di, 254 << 23), normal));
}

// kMagic plus the rounded product, or kMagic where the product is dropped.
HWY_INLINE Vector rounded_product(Vector value, Vector magnitude, Vector right, Vector limit, Vector magic) {
  const auto kept = hn::Ge(magnitude, limit);
#if HWY_TARGET <= HWY_AVX3 && !defined(__clang_analyzer__)
  return Vector{_mm512_mask3_fmadd_ps(value.raw, right.raw, magic.raw, kept.raw)};
#else
  return hn::MulAdd(value, hn::IfThenElseZero(kept, right), magic);
#endif
}

// The rounded product as an integer, or 0 where it is dropped; exact, because adding a half to 22 significant bits is.
HWY_INLINE IntVector wide_product(Vector value, Vector magnitude, Vector right, Vector limit) {
  const Floats d;
  const Ints di;
  const auto product = hn::Mul(value, right);
  const auto whole = hn::ConvertTo(di, hn::Add(product, hn::CopySign(hn::Set(d, 0.5F), product)));  // towards zero
  return hn::And(whole, hn::BitCast(di, hn::VecFromMask(d, hn::Ge(magnitude, limit))));
}

// Units of 2^-16 to half, ties away from zero.
HWY_INLINE Vector to_half(IntVector sum) {
  const Floats d;
  const Ints di;
  const auto magnitude = hn::Abs(sum);
  // Beyond 24 bits the low ones only matter by being there at all.
  const auto low = hn::And(magnitude, hn::Set(di, 0xFF));
  const auto sticky = hn::IfThenElseZero(hn::Gt(low, hn::Zero(di)), hn::Set(di, 0x80));
  const auto jammed = hn::Or(hn::AndNot(hn::Set(di, 0xFF), magnitude), sticky);
  const auto exact = hn::IfThenElse(hn::Lt(magnitude, hn::Set(di, 1 << 24)), magnitude, jammed);
  const auto bits = hn::BitCast(di, hn::Mul(hn::ConvertTo(d, exact), hn::Set(d, 0x1p-16F)));
  const auto half = hn::AndNot(hn::Set(di, 0x1FFF), hn::Add(bits, hn::Set(di, 0x1000)));
  return hn::BitCast(d, hn::Or(half, hn::And(sum, hn::Set(di, INT32_MIN))));
}

template <int kCount, bool kWide>
void multiply_columns(int64_t depth, int64_t rows, const float* HWY_RESTRICT a, const float* HWY_RESTRICT b,
                      const int32_t* start_rows, const int32_t* start_columns, float* HWY_RESTRICT out) {
  const Floats d;
  const Ints di;
  const Vector magic = hn::Set(d, kMagic);
  IntVector left[kCount];
  IntVector right[kCount];
  // Each step but a wide one adds the bits of kMagic once; they are taken off beforehand.
  const auto steps = kWide ? 0U : static_cast<uint32_t>(depth);
  const auto offset = static_cast<int32_t>(0U - steps * std::bit_cast<uint32_t>(kMagic));
  const auto term = [&](Vector value, Vector magnitude, Vector factor, Vector limit) {
    if constexpr (kWide)
      return wide_product(value, magnitude, factor, limit);
    else
      return hn::BitCast(di, rounded_product(value, magnitude, factor, limit, magic));
  };
  const auto load = [&](const float* from) {  // a wide product takes the half itself, without its last bit
    if constexpr (kWide)
      return hn::BitCast(d, hn::And(hn::BitCast(di, hn::LoadU(d, from)), hn::Set(di, ~1)));
    else
      return hn::LoadU(d, from);
  };
  ANEMONE_UNROLL
  for (int i = 0; i < kCount; ++i) {
    const auto start = hn::Set(di, offset);
    left[i] = right[i] = start_rows != nullptr ? hn::Add(start, hn::Set(di, start_rows[i])) : start;
    if (start_columns == nullptr) continue;
    left[i] = hn::Add(left[i], hn::LoadU(di, start_columns));
    right[i] = hn::Add(right[i], hn::LoadU(di, start_columns + kLanes));
  }
  for (int64_t k = 0; k < depth; ++k, a += 2 * rows, b += kMacPanel) {
    const Vector b_left = load(b);
    const Vector b_right = load(b + kLanes);
    const Vector limit_left = threshold(b_left);
    const Vector limit_right = threshold(b_right);
    ANEMONE_UNROLL
    for (int i = 0; i < kCount; ++i) {
      const Vector value = hn::Set(d, a[i]);
      const Vector magnitude = hn::Set(d, a[rows + i]);
      left[i] = hn::Add(left[i], term(value, magnitude, b_left, limit_left));
      right[i] = hn::Add(right[i], term(value, magnitude, b_right, limit_right));
    }
  }
  ANEMONE_UNROLL
  for (int i = 0; i < kCount; ++i) {
    hn::StoreU(to_half(left[i]), d, out + i * kMacPanel);
    hn::StoreU(to_half(right[i]), d, out + i * kMacPanel + kLanes);
  }
}

using MultiplyColumns = void (*)(int64_t, int64_t, const float*, const float*, const int32_t*, const int32_t*, float*);

template <bool kWide, int... kCounts>
MultiplyColumns choose(int rows, std::integer_sequence<int, kCounts...>) {
  static constexpr MultiplyColumns kTable[] = {multiply_columns<kCounts + 1, kWide>...};
  return kTable[rows - 1];
}

void multiply(bool wide, int rows, int64_t depth, const float* left, const float* right, const int32_t* start_rows,
              const int32_t* start_columns, float* out) {
  const auto counts = std::make_integer_sequence<int, kRows>();
  const MultiplyColumns columns = wide ? choose<true>(rows, counts) : choose<false>(rows, counts);
  for (int64_t j = 0; j < kMacPanel; j += kColumns)
    columns(depth, kRows, left, right + j, start_rows, start_columns == nullptr ? nullptr : start_columns + j, out + j);
}

using Doubles = hn::CappedTag<double, 8>;
using DoubleVector = hn::Vec<Doubles>;
using HalfFloats = hn::Rebind<float, Doubles>;
constexpr int64_t kDoubleLanes = static_cast<int64_t>(hn::MaxLanes(Doubles()));
constexpr int64_t kChains = kMacPanel / kDoubleLanes < 4 ? kMacPanel / kDoubleLanes : 4;

// Products of one left value, rounded to units; exact, because adding a half to 22 significant bits is.
HWY_INLINE DoubleVector rounded_units(float value, float magnitude, const float* packed) {
  const HalfFloats d;
  const hn::RebindToSigned<HalfFloats> di;
  const auto bits = hn::And(hn::BitCast(di, hn::LoadU(d, packed)), hn::Set(di, ~1));
  const auto exponent = hn::Max(hn::And(bits, hn::Set(di, 0x7F800000)), hn::Set(di, 129 << 23));
  const auto limit = hn::BitCast(d, hn::Sub(hn::Set(di, 254 << 23), exponent));
  const auto product = hn::Mul(hn::Set(d, value), hn::BitCast(d, bits));
  const auto whole = hn::Trunc(hn::Add(hn::Abs(product), hn::Set(d, 0.5F)));
  const auto kept = hn::IfThenElseZero(hn::Ge(hn::Set(d, magnitude), limit), hn::CopySign(whole, product));
  return hn::PromoteTo(Doubles(), kept);
}

void sum_carefully(int64_t depth, const float* left, double start_row, const double* start_columns, const float* right,
                   double* sums) {
  const Doubles d;
  const DoubleVector limit = hn::Set(d, 0x1p31);
  for (int64_t j = 0; j < kMacPanel; j += kChains * kDoubleLanes) {
    DoubleVector sum[kChains];
    for (int64_t c = 0; c < kChains; ++c)
      sum[c] = hn::Add(hn::Set(d, start_row), hn::LoadU(d, start_columns + j + c * kDoubleLanes));
    for (int64_t k = 0; k < depth; ++k) {
      const float value = left[k * 2 * kRows];
      const float magnitude = left[(k * 2 + 1) * kRows];
      ANEMONE_UNROLL
      for (int64_t c = 0; c < kChains; ++c) {
        const auto term = rounded_units(value, magnitude, right + k * kMacPanel + j + c * kDoubleLanes);
        sum[c] = hn::IfThenElse(hn::Lt(hn::Abs(sum[c]), limit), hn::Add(sum[c], term), sum[c]);
      }
    }
    for (int64_t c = 0; c < kChains; ++c) hn::StoreU(sum[c], d, sums + j + c * kDoubleLanes);
  }
}

}  // namespace

MacTile make_mac_tile() { return {kRows, multiply, sum_carefully}; }

}  // namespace anemone::kernels::ane::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace anemone::kernels::ane {

HWY_EXPORT(make_mac_tile);

MacTile mac_tile() { return HWY_DYNAMIC_DISPATCH(make_mac_tile)(); }

}  // namespace anemone::kernels::ane
#endif
