/** A range of whole numbers, both inclusive. */
export interface NumberRange {
  /** The lowest. */
  readonly least: number;
  /** The highest. */
  readonly most: number;
}

/** A choice that a processor or its kernel offers, as text: a command-line flag, a field of JSON. */
export interface PlatformOption {
  /** Its name, in the form of a flag: `page-size`. */
  readonly name: string;
  /** The placeholder for its value in help: `size`. */
  readonly placeholder: string;
  /** A few words for help: `bytes of a page`. */
  readonly about: string;
  /** The values that it takes. */
  readonly values: readonly string[] | NumberRange;
  /** Its value unless one is given. */
  readonly default: string;
}

/** Values of {@link PlatformOption}s by name. It survives JSON and a structured clone. */
export type PlatformChoice = Readonly<Record<string, string>>;
