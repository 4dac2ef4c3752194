export const Field = () => {
  const id = 'field-' + Math.random().toString(36).slice(2);
  return <input id={id} />;
};
