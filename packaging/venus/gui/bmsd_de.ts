<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de">
<context>
    <name></name>
    <message id="bmsd_alarm_bms_cable">
        <source>BMS cable</source>
        <translation>BMS-Kabel</translation>
    </message>
    <message id="bmsd_alarm_cell_imbalance">
        <source>Cell imbalance</source>
        <translation>Zellen ungleich</translation>
    </message>
    <message id="bmsd_alarm_contactor">
        <source>Contactor</source>
        <translation>Schütz</translation>
    </message>
    <message id="bmsd_alarm_fuse_blown">
        <source>Fuse blown</source>
        <translation>Sicherung defekt</translation>
    </message>
    <message id="bmsd_alarm_high_cell_voltage">
        <source>High cell voltage</source>
        <translation>Zellspannung zu hoch</translation>
    </message>
    <message id="bmsd_alarm_high_charge_current">
        <source>High charge current</source>
        <translation>Ladestrom zu hoch</translation>
    </message>
    <message id="bmsd_alarm_high_charge_temperature">
        <source>High charge temperature</source>
        <translation>Temperatur zum Laden zu hoch</translation>
    </message>
    <message id="bmsd_alarm_high_current">
        <source>High current</source>
        <translation>Strom zu hoch</translation>
    </message>
    <message id="bmsd_alarm_high_discharge_current">
        <source>High discharge current</source>
        <translation>Entladestrom zu hoch</translation>
    </message>
    <message id="bmsd_alarm_high_internal_temperature">
        <source>High internal temperature</source>
        <translation>Innentemperatur zu hoch</translation>
    </message>
    <message id="bmsd_alarm_high_starter_voltage">
        <source>High starter voltage</source>
        <translation>Starterbatterie: Überspannung</translation>
    </message>
    <message id="bmsd_alarm_high_temperature">
        <source>High temperature</source>
        <translation>Temperatur zu hoch</translation>
    </message>
    <message id="bmsd_alarm_high_voltage">
        <source>High voltage</source>
        <translation>Überspannung</translation>
    </message>
    <message id="bmsd_alarm_internal_failure">
        <source>Internal failure</source>
        <translation>Interner Fehler</translation>
    </message>
    <message id="bmsd_alarm_low_cell_voltage">
        <source>Low cell voltage</source>
        <translation>Zellspannung zu niedrig</translation>
    </message>
    <message id="bmsd_alarm_low_charge_temperature">
        <source>Low charge temperature</source>
        <translation>Temperatur zum Laden zu niedrig</translation>
    </message>
    <message id="bmsd_alarm_low_soc">
        <source>Low SoC</source>
        <translation>Ladezustand niedrig</translation>
    </message>
    <message id="bmsd_alarm_low_starter_voltage">
        <source>Low starter voltage</source>
        <translation>Starterbatterie: Unterspannung</translation>
    </message>
    <message id="bmsd_alarm_low_temperature">
        <source>Low temperature</source>
        <translation>Temperatur zu niedrig</translation>
    </message>
    <message id="bmsd_alarm_low_voltage">
        <source>Low voltage</source>
        <translation>Unterspannung</translation>
    </message>
    <message id="bmsd_alarm_mid_voltage">
        <source>Mid-point voltage</source>
        <translation>Mittelpunktspannung</translation>
    </message>
    <message id="bmsd_alarm_state_of_health">
        <source>State of health</source>
        <translation>Gesundheitszustand</translation>
    </message>
    <message id="bmsd_alarm_temperature_sensor">
        <source>Battery temperature sensor</source>
        <translation>Batterietemperatursensor</translation>
    </message>
    <message id="bmsd_alarms">
        <source>Alarms</source>
        <translation>Alarme</translation>
    </message>
    <message id="bmsd_allow_to">
        <source>Allow to</source>
        <translation>Erlaubt</translation>
    </message>
    <message id="bmsd_allow_to_balance">
        <source>Allow to balance</source>
        <translation>Balancieren erlaubt</translation>
    </message>
    <message id="bmsd_allow_to_charge">
        <source>Allow to charge</source>
        <translation>Laden erlaubt</translation>
    </message>
    <message id="bmsd_allow_to_discharge">
        <source>Allow to discharge</source>
        <translation>Entladen erlaubt</translation>
    </message>
    <message id="bmsd_allow_to_heat">
        <source>Allow to heat</source>
        <translation>Heizen erlaubt</translation>
    </message>
    <message id="bmsd_attention">
        <source>Attention</source>
        <translation>Achtung</translation>
    </message>
    <message id="bmsd_balance">
        <source>Balance</source>
        <translation>Balancieren</translation>
    </message>
    <message id="bmsd_battery">
        <source>Battery</source>
        <translation>Batterie</translation>
    </message>
    <message id="bmsd_between">
        <source>between %1 = %2 and %3 = %4</source>
        <translation>zwischen %1 = %2 und %3 = %4</translation>
    </message>
    <message id="bmsd_ccl">
        <source>Charge Current Limit (CCL)</source>
        <translation>Ladestromgrenze (CCL)</translation>
    </message>
    <message id="bmsd_cell_balances">
        <source>%1 · B</source>
        <translation>%1 · B</translation>
    </message>
    <message id="bmsd_cell_max">
        <source>Cell max</source>
        <translation>Zelle max.</translation>
    </message>
    <message id="bmsd_cell_min">
        <source>Cell min</source>
        <translation>Zelle min.</translation>
    </message>
    <message id="bmsd_cell_voltages">
        <source>Cell voltages</source>
        <translation>Zellspannungen</translation>
    </message>
    <message id="bmsd_cells_legend">
        <source>Number, voltage, difference to the mean. B: the cell balances; blue: it is the lowest, red: the highest, orange: one between. A difference is red above +5 %, blue below -5 % of the mean.</source>
        <translation>Nummer, Spannung, Abweichung vom Mittel. B: die Zelle balanciert; blau: sie ist die niedrigste, rot: die höchste, orange: eine dazwischen. Eine Abweichung ist rot über +5 %, blau unter -5 % des Mittels.</translation>
    </message>
    <message id="bmsd_cells_n">
        <source>Cells %1-%2</source>
        <translation>Zellen %1-%2</translation>
    </message>
    <message id="bmsd_cells_title">
        <source>bmsd - Cells</source>
        <translation>bmsd - Zellen</translation>
    </message>
    <message id="bmsd_charge">
        <source>Charge</source>
        <translation>Laden</translation>
    </message>
    <message id="bmsd_charge_mode">
        <source>Charge Mode</source>
        <translation>Lademodus</translation>
    </message>
    <message id="bmsd_connected">
        <source>Connected</source>
        <translation>Verbunden</translation>
    </message>
    <message id="bmsd_connected_errors">
        <source>Connected; %1 errors in the last %2</source>
        <translation>Verbunden; %1 Fehler in %2</translation>
    </message>
    <message id="bmsd_connection">
        <source>Connection</source>
        <translation>Verbindung</translation>
    </message>
    <message id="bmsd_current">
        <source>Current</source>
        <translation>Strom</translation>
    </message>
    <message id="bmsd_current_avg">
        <source>Current avg</source>
        <translation>Strom, Mittel</translation>
    </message>
    <message id="bmsd_cvl">
        <source>Charge Voltage Limit (CVL)</source>
        <translation>Ladespannungsgrenze (CVL)</translation>
    </message>
    <message id="bmsd_dcl">
        <source>Discharge Current Limit (DCL)</source>
        <translation>Entladestromgrenze (DCL)</translation>
    </message>
    <message id="bmsd_debug">
        <source>Debug data</source>
        <translation>Daten zur Fehlersuche</translation>
    </message>
    <message id="bmsd_debug_bulk">
        <source>Requirements to switch to bulk</source>
        <translation>Bedingungen für den Wechsel zu Bulk</translation>
    </message>
    <message id="bmsd_debug_float">
        <source>Requirements to switch to float</source>
        <translation>Bedingungen für den Wechsel zu Float</translation>
    </message>
    <message id="bmsd_debug_general">
        <source>General values</source>
        <translation>Allgemeine Werte</translation>
    </message>
    <message id="bmsd_diff">
        <source>Diff</source>
        <translation>Differenz</translation>
    </message>
    <message id="bmsd_discharge">
        <source>Discharge</source>
        <translation>Entladen</translation>
    </message>
    <message id="bmsd_error_internal">
        <source>Many internal errors (#8). The log of bmsd names them.</source>
        <translation>Viele interne Fehler (#8). Das Log von bmsd nennt sie.</translation>
    </message>
    <message id="bmsd_error_n">
        <source>Error #%1</source>
        <translation>Fehler #%1</translation>
    </message>
    <message id="bmsd_error_settings">
        <source>The settings in config.ini have errors (#119). `bmsd config check` names them.</source>
        <translation>Die Einstellungen in config.ini haben Fehler (#119). `bmsd config check` nennt sie.</translation>
    </message>
    <message id="bmsd_force_charging_off">
        <source>Force charging off</source>
        <translation>Laden abschalten</translation>
    </message>
    <message id="bmsd_force_discharging_off">
        <source>Force discharging off</source>
        <translation>Entladen abschalten</translation>
    </message>
    <message id="bmsd_heat">
        <source>Heat</source>
        <translation>Heizen</translation>
    </message>
    <message id="bmsd_heater">
        <source>Heater</source>
        <translation>Heizung</translation>
    </message>
    <message id="bmsd_heater_running">
        <source>Running</source>
        <translation>An</translation>
    </message>
    <message id="bmsd_heater_start">
        <source>Temp start</source>
        <translation>Start bei</translation>
    </message>
    <message id="bmsd_heater_state">
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message id="bmsd_heater_stop">
        <source>Temp stop</source>
        <translation>Stopp bei</translation>
    </message>
    <message id="bmsd_heater_stopped">
        <source>Stopped</source>
        <translation>Aus</translation>
    </message>
    <message id="bmsd_initialising">
        <source>Nothing read of this battery yet</source>
        <translation>Von dieser Batterie ist noch nichts gelesen</translation>
    </message>
    <message id="bmsd_io">
        <source>IO</source>
        <translation>Ein-/Ausgänge</translation>
    </message>
    <message id="bmsd_legend">
        <source>How to read it</source>
        <translation>Wie es zu lesen ist</translation>
    </message>
    <message id="bmsd_limit_in_force">
        <source>In force</source>
        <translation>In Kraft</translation>
    </message>
    <message id="bmsd_limit_limited_by">
        <source>Limited by</source>
        <translation>Begrenzt durch</translation>
    </message>
    <message id="bmsd_limit_measured">
        <source>Measured</source>
        <translation>Gemessen</translation>
    </message>
    <message id="bmsd_limit_per_cell">
        <source>Per cell</source>
        <translation>Je Zelle</translation>
    </message>
    <message id="bmsd_limits_title">
        <source>bmsd - Limits</source>
        <translation>bmsd - Grenzen</translation>
    </message>
    <message id="bmsd_link_cycle_time">
        <source>Time of a cycle</source>
        <translation>Dauer eines Zyklus</translation>
    </message>
    <message id="bmsd_link_reconnects">
        <source>Reconnects</source>
        <translation>Neuverbindungen</translation>
    </message>
    <message id="bmsd_link_refused">
        <source>Refused replies</source>
        <translation>Verworfene Antworten</translation>
    </message>
    <message id="bmsd_link_replies">
        <source>Replies</source>
        <translation>Antworten</translation>
    </message>
    <message id="bmsd_link_timeouts">
        <source>Timeouts</source>
        <translation>Zeitüberschreitungen</translation>
    </message>
    <message id="bmsd_link_title">
        <source>bmsd - Link</source>
        <translation>bmsd - Verbindung</translation>
    </message>
    <message id="bmsd_lost">
        <source>Lost for %1: the BMS does not answer, or not as it should. Given up in %2 (%3 in all).</source>
        <translation>Verloren seit %1: das BMS antwortet nicht oder nicht richtig. Aufgegeben in %2 (insgesamt %3).</translation>
    </message>
    <message id="bmsd_max">
        <source>Max</source>
        <translation>Max.</translation>
    </message>
    <message id="bmsd_mean">
        <source>Mean</source>
        <translation>Mittel</translation>
    </message>
    <message id="bmsd_min">
        <source>Min</source>
        <translation>Min.</translation>
    </message>
    <message id="bmsd_mosfet">
        <source>MOSFET</source>
        <translation>MOSFET</translation>
    </message>
    <message id="bmsd_no">
        <source>No</source>
        <translation>Nein</translation>
    </message>
    <message id="bmsd_no_battery">
        <source>No battery: bmsd does not publish it, or no longer. `bmsd doctor` on the device says why.</source>
        <translation>Keine Batterie: bmsd veröffentlicht sie nicht, oder nicht mehr. `bmsd doctor` auf dem Gerät sagt, warum.</translation>
    </message>
    <message id="bmsd_now">
        <source>now %1</source>
        <translation>jetzt %1</translation>
    </message>
    <message id="bmsd_overview">
        <source>Overview</source>
        <translation>Übersicht</translation>
    </message>
    <message id="bmsd_overview_title">
        <source>bmsd - Overview</source>
        <translation>bmsd - Übersicht</translation>
    </message>
    <message id="bmsd_power">
        <source>Power</source>
        <translation>Leistung</translation>
    </message>
    <message id="bmsd_reset_soc_to">
        <source>Reset SoC to</source>
        <translation>Ladezustand setzen auf</translation>
    </message>
    <message id="bmsd_settings">
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message id="bmsd_settings_title">
        <source>bmsd - Settings</source>
        <translation>bmsd - Einstellungen</translation>
    </message>
    <message id="bmsd_soc">
        <source>SoC</source>
        <translation>Ladezustand</translation>
    </message>
    <message id="bmsd_star">
        <source>* held back: more would be right by now, and it rises again once that has lasted</source>
        <translation>* zurückgehalten: mehr wäre inzwischen richtig, und es steigt wieder, wenn das anhält</translation>
    </message>
    <message id="bmsd_sum">
        <source>Sum</source>
        <translation>Summe</translation>
    </message>
    <message id="bmsd_temp_n">
        <source>Temp %1</source>
        <translation>Temp. %1</translation>
    </message>
    <message id="bmsd_temperatures">
        <source>Temperatures</source>
        <translation>Temperaturen</translation>
    </message>
    <message id="bmsd_time_to_soc_n">
        <source>Time-to-SoC %1%</source>
        <translation>Zeit bis %1%</translation>
    </message>
    <message id="bmsd_time_to_soc_none">
        <source>No point is enabled in the configuration file (TIME_TO_SOC_POINTS).</source>
        <translation>In der Konfigurationsdatei ist kein Punkt gewählt (TIME_TO_SOC_POINTS).</translation>
    </message>
    <message id="bmsd_time_to_soc_title">
        <source>bmsd - Time to SoC</source>
        <translation>bmsd - Zeit bis Ladezustand</translation>
    </message>
    <message id="bmsd_turn_balancing_off">
        <source>Turn balancing off</source>
        <translation>Balancieren abschalten</translation>
    </message>
    <message id="bmsd_turn_heating_off">
        <source>Turn heating off</source>
        <translation>Heizung abschalten</translation>
    </message>
    <message id="bmsd_v_per_cell">
        <source>V/cell</source>
        <translation>V/Zelle</translation>
    </message>
    <message id="bmsd_voltage">
        <source>Voltage</source>
        <translation>Spannung</translation>
    </message>
    <message id="bmsd_word_balancing">
        <source>Balancing</source>
        <translation>Balancieren</translation>
    </message>
    <message id="bmsd_word_bms_settings">
        <source>BMS Settings</source>
        <translation>BMS-Einstellungen</translation>
    </message>
    <message id="bmsd_word_cell_ovp">
        <source>Cell OVP</source>
        <translation>Zellschutz</translation>
    </message>
    <message id="bmsd_word_cell_voltage">
        <source>Cell Voltage</source>
        <translation>Zellspannung</translation>
    </message>
    <message id="bmsd_word_float_transition">
        <source>Float Transition</source>
        <translation>Übergang zu Float</translation>
    </message>
    <message id="bmsd_word_heating">
        <source>Heating</source>
        <translation>Heizen</translation>
    </message>
    <message id="bmsd_word_keep_max_voltage">
        <source>Keep always max voltage</source>
        <translation>Bleibt immer oben</translation>
    </message>
    <message id="bmsd_word_linear_mode">
        <source>Linear Mode</source>
        <translation>linear</translation>
    </message>
    <message id="bmsd_word_max_charge_current">
        <source>Max Battery Charge Current</source>
        <translation>Größter Ladestrom</translation>
    </message>
    <message id="bmsd_word_max_discharge_current">
        <source>Max Battery Discharge Current</source>
        <translation>Größter Entladestrom</translation>
    </message>
    <message id="bmsd_word_see_log">
        <source>Error, please check the logs!</source>
        <translation>Fehler, bitte ins Log sehen!</translation>
    </message>
    <message id="bmsd_word_soc_reset">
        <source>SoC Reset</source>
        <translation>SoC-Abgleich</translation>
    </message>
    <message id="bmsd_word_step_mode">
        <source>Step Mode</source>
        <translation>in Stufen</translation>
    </message>
    <message id="bmsd_word_temp">
        <source>Temp</source>
        <translation>Temperatur</translation>
    </message>
    <message id="bmsd_yes">
        <source>Yes</source>
        <translation>Ja</translation>
    </message>
</context>
</TS>
