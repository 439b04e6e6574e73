/**
 * What a kernel's scripts/selinux/genheaders makes of security/selinux/include/classmap.h and initial_sid_to_string.h: numbers for classes,
 * permissions and initial SIDs.
 */

const MACRO = /^#define[ \t]+(\w+)[ \t]+(.*)$/gm;
/** `{ "class", { "permission", … NULL } }` */
const CLASS = /\{\s*"(\w+)",\s*\{([^}]*)\}/g;
const STRING = /"(\w+)"/g;

interface SecurityClass {
  readonly name: string;
  readonly permissions: readonly string[];
}

const upper = (name: string): string => name.toUpperCase();
const strings = (text: string): string[] => [...text.matchAll(STRING)].map(([, string]) => string);

/** The classes in their order. Lists of permissions may have macros in them, which name others. */
function classesOf(classMap: string): SecurityClass[] {
  const text = classMap.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\\\r?\n/g, " ");
  const macros = new Map([...text.matchAll(MACRO)].map(([, name, value]) => [name, value]));
  const expanded = (list: string): string =>
    list.replace(/"\w+"|\w+/g, (word) => (macros.has(word) ? expanded(macros.get(word) as string) : word));
  return [...text.matchAll(CLASS)].map(([, name, list]) => ({
    name: upper(name),
    permissions: strings(expanded(list)).map(upper),
  }));
}

/** The text of `flask.h`. */
export function flaskHeader(classMap: string, initialSids: string): string {
  const classes = classesOf(classMap);
  const list = /\{([^}]*)\}/.exec(initialSids.replace(/\/\*[\s\S]*?\*\//g, ""))?.[1] ?? "";
  const sids = [...list.matchAll(/NULL|"(\w+)"/g)].map(([, name]) => name);
  const sockets = classes.filter(({ name }) => name.endsWith("SOCKET"));
  return [
    "#ifndef _SELINUX_FLASK_H_\n#define _SELINUX_FLASK_H_\n",
    ...classes.map(({ name }, i) => `#define SECCLASS_${name} ${i + 1}\n`),
    ...sids.map((name, i) => (name === undefined ? "" : `#define SECINITSID_${upper(name)} ${i}\n`)),
    `#define SECINITSID_NUM ${sids.length - 1}\n`,
    "static inline bool security_is_socket_class(u16 kern_tclass)\n{\n\tswitch (kern_tclass) {\n",
    ...sockets.map(({ name }) => `\tcase SECCLASS_${name}:\n`),
    "\t\treturn true;\n\tdefault:\n\t\treturn false;\n\t}\n}\n#endif\n",
  ].join("");
}

/** The text of `av_permissions.h`. */
export const permissionsHeader = (classMap: string): string =>
  classesOf(classMap)
    .flatMap(({ name, permissions }) =>
      permissions.map((permission, i) => `#define ${name}__${permission} 0x${(2 ** i).toString(16)}U\n`),
    )
    .join("");
