#pragma once
// The model's names of what a type tells, gathered from its tables while compiling; for Entry::delivers.
//
//   constexpr Told delivers = Told{"hardware_version"}.add(general_row.layout).add(settings);
#include <array>
#include <initializer_list>

#include "bms/language/layout.h"
#include "model/field_tables.h"

namespace bmsd::bms {

class Told {
    // before their use: clang evaluates no template it has not seen yet
    constexpr void note(std::string_view name)
    {
        for (std::size_t i = 0; i < count_; ++i)
            if (names_[i] == name) return;
        if (!name.empty()) names_[count_++] = name;
    }
    static constexpr std::string_view identity_name(Text Identity::*member)
    {
        for (const IdentityField& field : identity_table)
            if (field.member == member) return field.name;
        return {};
    }
    template <class Member>
    static constexpr std::string_view telemetry_name(Member member)
    {
        for (const TelemetryField& field : telemetry_table)
            if (const auto* known = std::get_if<Member>(&field.member); known != nullptr && *known == member)
                return field.name;
        return {};
    }
    static constexpr std::string_view name_of(const Target& target)
    {
        if (const auto* number = std::get_if<Number Telemetry::*>(&target.member)) return telemetry_name(*number);
        if (const auto* count = std::get_if<Count Telemetry::*>(&target.member)) return telemetry_name(*count);
        if (const auto* flag = std::get_if<Flag Telemetry::*>(&target.member)) return telemetry_name(*flag);
        return std::holds_alternative<std::array<Number, sensor_count> Telemetry::*>(target.member) ? "temperatures"
                                                                                                    : "";
    }

  public:
    /// `others`: what a function beside the tables tells.
    constexpr Told(std::initializer_list<std::string_view> others)
    {
        for (const std::string_view name : others) note(name);
    }

    /// Names that no table has.
    constexpr Told add(std::span<const std::string_view> others) const
    {
        Told told = *this;
        for (const std::string_view name : others) told.note(name);
        return told;
    }
    constexpr Told add(const Layout& layout) const
    {
        Told told = *this;
        if (layout.whole_text != nullptr) told.note(identity_name(layout.whole_text));
        for (const TextField& field : layout.texts) told.note(identity_name(field.member));
        for (const DateField& field : layout.dates) told.note(identity_name(field.member));
        for (const Field& field : layout.fields) told.note(name_of(field.target));
        for (const Bit& bit : layout.bits) told.note(telemetry_name(bit.member));
        for (const ListField& list : layout.lists) told.note(telemetry_name(list.member));
        if (layout.cell_places != 0) told.note("cell_count");
        if (layout.sensors != nullptr) {
            told.note("temperatures");
            for (const Target& target : layout.sensors->behind) told.note(name_of(target));
        }
        if (!layout.balancing.empty()) told.note("cell_balancing");
        if (!layout.alarms.empty()) told.note("alarms");
        if (layout.problem != nullptr) {
            told.note("problem_code");
            if (layout.problem->failures != 0) told.note("alarms");
        }
        return told;
    }
    /// Rows with a layout.
    template <class Rows>
    requires requires(const Rows& rows) { std::begin(rows)->layout; }
    constexpr Told add(const Rows& rows) const
    {
        Told told = *this;
        for (const auto& row : rows) told = told.add(row.layout);
        return told;
    }
    constexpr operator std::span<const std::string_view>() const  // NOLINT: it stands for the names
    {
        return {names_.data(), count_};
    }

  private:
    std::array<std::string_view, std::size(telemetry_table) + std::size(identity_table) + 2> names_{};
    std::size_t count_ = 0;
};

}  // namespace bmsd::bms
