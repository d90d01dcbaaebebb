import type { Manifest } from "./manifests";
import { fileName } from "./manifests";

/** Hands a file to the browser. */
const save = (name: string, parts: BlobPart[], type: string): void => {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has to have begun reading.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
};

export const saveYaml = (yaml: string): void => save("egressc.yaml", [yaml], "application/yaml");

/** One file for each resource, as `egressc compile --output` writes them. */
export const saveZip = async (manifests: readonly Manifest[]): Promise<void> => {
  const { zipSync, strToU8 } = await import("fflate");
  const files: Record<string, Uint8Array> = {};
  for (const manifest of manifests) files[fileName(manifest)] = strToU8(manifest.text);
  // A fixed time: the same resources are the same archive.
  const packed = zipSync(files, { level: 6, mtime: "1980-01-01T12:00:00" });
  save("egressc-resources.zip", [new Uint8Array(packed)], "application/zip");
};
