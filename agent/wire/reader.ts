/**
 * What pathwarden-reader sends: a process of its own for what is slow to read, or needs root. Its frames have its own
 * epoch; around all that it knows it puts the marks of the snapshot source `reader`.
 */
import * as z from 'zod';
import { count, frame, text, us } from './base.ts';

/** The longest output that is handed on; what a tool says beyond it is cut. */
export const OUTPUT_MAX = 128 * 1024;

export const readerTool = z.enum([
  ...['smartctl', 'nvme-smart-log', 'ipmi-sel', 'ipmi-sensors', 'ipmi-fru', 'dmi'],
] as const);
export type ReaderTool = z.infer<typeof readerTool>;

/** A whole number in the kernel's unit (m°C, mV, mA, µW, RPM); null: there is no such file. */
const reading = z.int().nullable();
const flag = z.boolean().nullable();

export const readerFrames = [
  /** First after an attach. */
  frame('reader_hello', {
    version: text,
    pid: z.int().min(1),
    tools: z.array(
      z.object({
        tool: text,
        state: z.enum(['ok', 'absent']),
        reason: text.nullable(),
        interval_ms: count,
      }),
    ),
  }),
  /** What a tool said of one subject; told each time that it was run and the output, or the outcome, differs. */
  frame('reading', {
    tool: readerTool,
    /** nvme0, sda; `bmc`; `host`. */
    subject: text,
    outcome: z.enum(['ok', 'failed', 'timeout', 'truncated', 'gone']),
    /** null: it did not end by itself. */
    exit_code: z.int().nullable(),
    /** Standard output. Of `dmi`: the SMBIOS structure table in base64. */
    output: z.string().max(OUTPUT_MAX),
    /** The first line of standard error. */
    complaint: text,
    took_us: us,
    interval_ms: count,
  }),
  /** A chip of hwmon with its sensors (Documentation/hwmon/sysfs-interface). */
  frame('hwmon', {
    /** hwmon3: not the same after a reboot. */
    chip: text,
    name: text,
    /** Basename of its device: 0000:03:00.0, nvme0; null: none. */
    device: text.nullable(),
    sensors: z
      .array(
        z.object({
          /** temp1, fan2, in0, power1, curr1. */
          sensor: text,
          label: text.nullable(),
          input: reading,
          low: reading,
          high: reading,
          critical: reading,
          alarm: flag,
          fault: flag,
        }),
      )
      .max(128),
    gone: z.boolean(),
  }),
  /** A memory controller's counters since its driver's start (EDAC). */
  frame('edac', {
    controller: text,
    name: text.nullable(),
    corrected: count,
    uncorrected: count,
    /** Those of which the DIMM is not known. */
    corrected_noinfo: count,
    dimms: z
      .array(
        z.object({
          dimm: text,
          label: text,
          location: text,
          size_mib: count,
          kind: text.nullable(),
          corrected: count,
          uncorrected: count,
        }),
      )
      .max(64),
    gone: z.boolean(),
  }),
] as const;

export const readerRequestSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('attach'), data: z.object({}) }),
  /** Reads it now; at most once a second for each, more are the same one. Unknown names are refused. */
  z.object({ type: z.literal('read'), data: z.object({ tool: readerTool, subject: text }) }),
]);
export type ReaderRequest = z.infer<typeof readerRequestSchema>;
